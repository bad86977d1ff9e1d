#include <libpq-fe.h>
#include <stdio.h>

int main(void) {
    PGconn* connection = PQconnectdb(""); /* PGHOST, PGPORT, …, and the token in PGPASSWORD */
    if (PQstatus(connection) != CONNECTION_OK) {
        fputs(PQerrorMessage(connection), stderr);
        return 1;
    }
    PGresult* result = PQexec(connection, "SELECT current_user");
    puts(PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(connection);
    return 0;
}
