// Logs in with lib/pq. The connection is described by PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and PGSSLROOTCERT.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/lib/pq"
)

// withToken makes the connections of a sql.DB, each with a token of its own: it is good for fifteen minutes.
type withToken struct {
	aws aws.Config
}

func (c withToken) Driver() driver.Driver { return pq.Driver{} }

func (c withToken) Connect(ctx context.Context) (driver.Conn, error) {
	connection, err := pq.NewConfig("")
	if err != nil {
		return nil, err
	}
	endpoint := fmt.Sprintf("%s:%d", connection.Host, connection.Port)
	connection.Password, err = auth.BuildAuthToken(ctx, endpoint, c.aws.Region, connection.User, c.aws.Credentials)
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnectorConfig(connection)
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

func run(ctx context.Context) error {
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	database := sql.OpenDB(withToken{aws: aws})
	defer database.Close()

	var user string
	if err := database.QueryRowContext(ctx, "SELECT current_user").Scan(&user); err != nil {
		return err
	}
	fmt.Println(user)
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
