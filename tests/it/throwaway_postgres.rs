//! The server of tests and the demo leaves nothing behind.

use std::net::{Ipv4Addr, TcpStream};

use apono::throwaway_postgres::ThrowawayPostgres;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use crate::support::postgres_server;

#[test]
fn a_dropped_server_is_gone_with_its_folder() {
    if postgres_server::shared().is_none() {
        return;
    }
    let server = ThrowawayPostgres::start().unwrap();
    let (port, folder) = (server.port(), server.folder().to_owned());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    assert!(folder.join("data/PG_VERSION").is_file());
    drop(server);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    assert!(!folder.exists());
}

/// `scripts/test` says on which version it runs the tests, so that none of them passes for another.
#[tokio::test]
async fn the_version_that_was_asked_for_answers() {
    let (Ok(asked), Some(server)) = (std::env::var("APONO_POSTGRES"), postgres_server::shared()) else {
        return;
    };
    let url = server.superuser_url("postgres");
    let answers = PgConnection::connect(url.expose_secret())
        .await
        .unwrap()
        .server_version_num()
        .unwrap();
    assert_eq!((answers / 10_000).to_string(), asked);
}
