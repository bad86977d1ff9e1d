// Connects with lib/pq as often as it reads a line, each time anew, and says who it is. The password is that of
// PGPASSFILE; the connection is described by PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and PGSSLROOTCERT.
package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"

	_ "github.com/lib/pq"
)

func main() {
	database, err := sql.Open("postgres", "")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	database.SetMaxIdleConns(0)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var user string
		if err := database.QueryRow("SELECT current_user").Scan(&user); err != nil {
			user = "refused: " + err.Error()
		}
		fmt.Println(user)
	}
}
