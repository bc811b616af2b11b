//! The server of tests and the demo leaves nothing behind.

use std::net::{Ipv4Addr, TcpStream};

use apono::throwaway_postgres::ThrowawayPostgres;

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
