//! Logs in with tokio-postgres. The connection is described by PGHOST, PGPORT, PGUSER, PGDATABASE and PGSSLROOTCERT.

use std::{env, error::Error, fs};

use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use native_tls::{Certificate, TlsConnector};
use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use postgres_native_tls::MakeTlsConnector;
use tokio_postgres::{config::SslMode, Client};

/// Trusts the certificates of PGSSLROOTCERT alone, and verifies the server's name: sslmode=verify-full.
fn tls() -> Result<MakeTlsConnector, Box<dyn Error + Send + Sync>> {
    let mut connector = TlsConnector::builder();
    connector.disable_built_in_roots(true);
    for root in Certificate::stack_from_pem(&fs::read(env::var("PGSSLROOTCERT")?)?)? {
        connector.add_root_certificate(root);
    }
    Ok(MakeTlsConnector::new(connector.build()?))
}

/// The SDK puts the user's name into a URL as it is, so it has to be one that a URL can hold.
const IN_A_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A new connection, with a token of its own: it is good for fifteen minutes.
async fn connect(aws: &aws_config::SdkConfig) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let (host, port, user) = (
        env::var("PGHOST")?,
        env::var("PGPORT")?.parse::<u16>()?,
        env::var("PGUSER")?,
    );
    let endpoint = Config::builder()
        .hostname(&host)
        .port(port.into())
        .username(utf8_percent_encode(&user, IN_A_URL).to_string())
        .build()?;
    let token = AuthTokenGenerator::new(endpoint).auth_token(aws).await?;

    let (client, connection) = tokio_postgres::Config::new()
        .host(&host)
        .port(port)
        .user(&user)
        .dbname(&env::var("PGDATABASE")?)
        .password(token.as_str())
        .ssl_mode(SslMode::Require)
        .connect(tls()?)
        .await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let aws = aws_config::load_from_env().await;
    let client = connect(&aws).await?;
    let row = client.query_one("SELECT current_user", &[]).await?;
    println!("{}", row.get::<_, String>(0));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run().await {
        // What the driver was doing, and what the server or TLS said to it.
        eprintln!(
            "{error}: {}",
            error.source().map(ToString::to_string).unwrap_or_default()
        );
        std::process::exit(1);
    }
}
