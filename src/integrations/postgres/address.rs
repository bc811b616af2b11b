//! The admin URL: `postgres://bot:password@host:5432/database?sslmode=verify-full`.
//!
//! Invariant: host, port, database and password are exactly those written in the URL, never those of an environment variable,
//! because a secret is used only with the host it was checked with.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::super::IntegrationError;
use crate::access::target::Trouble;
use crate::postgres_url::{self, Checked, Whose};

/// How long one statement may run on the server, and how long it waits for locks; both are shorter than a call's own timeout.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(6);
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The driver sends it if a URL has no password.
const PASSWORD_VARIABLE: &str = "PGPASSWORD";

/// The server an admin URL points to, without its user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
}

/// Reads an admin URL. Errors say what is wrong without showing any part of it.
pub(crate) fn read(url: &SecretString) -> Result<(Address, PgConnectOptions), IntegrationError> {
    let checked = checked(url)?;
    let mut options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| refuse("Part of this URL is not valid."))?;
    let address = Address {
        host: checked.host(),
        port: checked.port(),
        database: options
            .get_database()
            .filter(|_| checked.names_database())
            .unwrap_or("postgres")
            .to_owned(),
    };
    if !checked.has_password() && std::env::var_os(PASSWORD_VARIABLE).is_some() {
        options = options.password("");
    }
    let options = options
        .port(address.port)
        .database(&address.database)
        .application_name("apono")
        .options([
            ("statement_timeout", millis(STATEMENT_TIMEOUT)),
            ("idle_in_transaction_session_timeout", millis(STATEMENT_TIMEOUT)),
            ("lock_timeout", millis(LOCK_TIMEOUT)),
            // Functions and operators in other people's schemas are never found.
            ("search_path", "pg_catalog".to_owned()),
            ("idle_session_timeout", "0".to_owned()),
            // These override the settings of the database and of the role. A thief of the bot's password can change the role's.
            ("role", "none".to_owned()),
            ("local_preload_libraries", String::new()),
            ("default_transaction_read_only", "off".to_owned()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("default_transaction_deferrable", "off".to_owned()),
        ])
        .disable_statement_logging();
    Ok((address, options))
}

/// What to write in a URL that leaves this machine and does not say how the connection is protected.
pub(crate) fn unprotected(url: &SecretString) -> Result<Option<&'static str>, IntegrationError> {
    Ok(checked(url)?.unprotected())
}

/// Whether it leaves this machine with a mode that accepts any server as the right one.
pub(crate) fn takes_any_server(url: &SecretString) -> Result<bool, IntegrationError> {
    Ok(checked(url)?.takes_any_server())
}

fn checked(url: &SecretString) -> Result<Checked, IntegrationError> {
    postgres_url::check(url.expose_secret(), Whose::Target).map_err(refuse)
}

fn refuse(sentence: &str) -> IntegrationError {
    let why = postgres_url::behind_a_colon(sentence);
    IntegrationError::refuse(Trouble::Setup, format!("the admin URL cannot be used: {why}"))
}

fn millis(span: Duration) -> String {
    span.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(url: &str) -> String {
        read(&SecretString::from(url)).unwrap_err().to_string()
    }

    #[test]
    fn host_port_and_database_are_those_of_the_url() {
        let url = SecretString::from("postgres://bot:p%40ss@db.example.com/or%20ders?sslmode=require");
        let (address, options) = read(&url).unwrap();
        assert_eq!(
            address,
            Address {
                host: "db.example.com".into(),
                port: 5432,
                database: "or ders".into()
            }
        );
        assert_eq!(options.get_host(), "db.example.com");
        assert_eq!(options.get_port(), 5432);
        let (address, _) = read(&SecretString::from("postgresql://bot@[::1]:6543")).unwrap();
        assert_eq!((address.port, address.database.as_str()), (6543, "postgres"));
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused_without_showing_it() {
        insta::assert_snapshot!(error_of("postgres://bot:x@db/orders?host=evil"), @"the admin URL cannot be used: write host, port, database, user and password before the ?: postgres://user:password@host:port/database");
        for url in [
            "postgres//bot:hunter2@db",
            "postgres://bot:hunter2@db:99999/x",
            "postgres://bot:hunter2@db/x?sslmode=hunter2",
            "postgres://bot:hunter2@db/x?password=hunter2",
        ] {
            assert!(!error_of(url).contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn off_this_machine_a_url_has_to_say_how_the_way_is_protected() {
        let url = SecretString::from("postgres://bot:x@db/orders");
        let said = unprotected(&url).unwrap().unwrap();
        assert!(said.contains("?sslmode=verify-full"), "{said}");
        assert!(read(&url).is_ok(), "access has to end there anyway");
    }
}
