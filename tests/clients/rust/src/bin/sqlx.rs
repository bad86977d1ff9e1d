//! Logs in with sqlx. The connection is described by PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and PGSSLROOTCERT.

use std::{error::Error, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// The SDK puts the user's name into a URL as it is, so it has to be one that a URL can hold.
const IN_A_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// How to connect during the next fifteen minutes.
async fn with_token(aws: &SdkConfig) -> Result<PgConnectOptions, Box<dyn Error + Send + Sync>> {
    let options = PgConnectOptions::new();
    let endpoint = Config::builder()
        .hostname(options.get_host())
        .port(options.get_port().into())
        .username(utf8_percent_encode(options.get_username(), IN_A_URL).to_string())
        .build()?;
    let token = AuthTokenGenerator::new(endpoint).auth_token(aws).await?;
    Ok(options.password(token.as_str()))
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let aws = aws_config::load_from_env().await;
    let pool = PgPoolOptions::new()
        .connect_with(with_token(&aws).await?)
        .await?;

    // Later connections of the pool need later tokens.
    let renewed = pool.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(600)).await;
            match with_token(&aws).await {
                Ok(options) => renewed.set_connect_options(options),
                Err(error) => eprintln!("no new token: {error}"),
            }
        }
    });

    let user: String = sqlx::query_scalar("SELECT current_user")
        .fetch_one(&pool)
        .await?;
    println!("{user}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
