// Logs in with pgx. The connection is described by PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and PGSSLROOTCERT.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func run(ctx context.Context) error {
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	pool, err := pgxpool.ParseConfig("")
	if err != nil {
		return err
	}
	// Called for every new connection of the pool: a token is good for fifteen minutes.
	pool.BeforeConnect = func(ctx context.Context, connection *pgx.ConnConfig) error {
		endpoint := fmt.Sprintf("%s:%d", connection.Host, connection.Port)
		token, err := auth.BuildAuthToken(ctx, endpoint, aws.Region, connection.User, aws.Credentials)
		connection.Password = token
		return err
	}
	database, err := pgxpool.NewWithConfig(ctx, pool)
	if err != nil {
		return err
	}
	defer database.Close()

	var user string
	if err := database.QueryRow(ctx, "SELECT current_user").Scan(&user); err != nil {
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
