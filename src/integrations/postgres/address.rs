//! The admin URL: `postgres://bot:password@host:5432/database?sslmode=verify-full`.
//!
//! Invariant: host and port are exactly those written in the URL, never an environment variable's, because a secret is
//! used only against the host that it was checked with.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::super::IntegrationError;

/// Parameters that change neither where the connection goes nor who it is.
const KNOWN_PARAMETERS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// How long one statement may run on the server, and how long it waits for locks; both end before a call's own time-out.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(6);
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Where an admin URL leads, without its user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
}

/// Reads an admin URL. Errors say what is wrong without showing any of it.
pub(crate) fn read(url: &SecretString) -> Result<(Address, PgConnectOptions), IntegrationError> {
    let refuse = |what: &str| IntegrationError::Refuse(format!("the admin URL {what}"));
    let parsed = Url::parse(url.expose_secret()).map_err(|_| refuse("is not a URL"))?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(refuse("does not begin with postgres://"));
    }
    let host = match parsed.host_str() {
        None | Some("") => return Err(refuse("names no host")),
        // A percent sign can only encode a socket's path, and people cannot be sent there.
        Some(host) if host.contains('%') => return Err(refuse("names a socket, not a host")),
        // A URL writes an IPv6 address in brackets; `psql` wants it without.
        Some(host) => host.trim_matches(['[', ']']).to_owned(),
    };
    if parsed.username().is_empty() {
        return Err(refuse("names no user"));
    }
    if let Some((name, _)) = parsed
        .query_pairs()
        .find(|(name, _)| !KNOWN_PARAMETERS.contains(&name.as_ref()))
    {
        return Err(refuse(&format!(
            "has a parameter {name:?}; only {} may stand there",
            KNOWN_PARAMETERS.join(", ")
        )));
    }
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| refuse("has a part that is not understood"))?;
    let address = Address {
        host,
        port: parsed.port().unwrap_or(5432),
        database: match parsed.path().trim_start_matches('/') {
            "" => "postgres".to_owned(),
            _ => options
                .get_database()
                .ok_or_else(|| refuse("names no database"))?
                .to_owned(),
        },
    };
    let options = options
        .port(address.port)
        .database(&address.database)
        .application_name("apono")
        .options([
            ("statement_timeout", millis(STATEMENT_TIMEOUT)),
            ("idle_in_transaction_session_timeout", millis(STATEMENT_TIMEOUT)),
            ("lock_timeout", millis(LOCK_TIMEOUT)),
            // No function or operator that somebody put into a schema of theirs is ever found.
            ("search_path", "pg_catalog".to_owned()),
            ("idle_session_timeout", "0".to_owned()),
            // These win over what the database or the role is set to.
            ("default_transaction_read_only", "off".to_owned()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("default_transaction_deferrable", "off".to_owned()),
        ])
        .disable_statement_logging();
    Ok((address, options))
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
    fn what_could_lead_elsewhere_is_refused() {
        insta::assert_snapshot!(error_of("postgres://bot:x@db/orders?host=evil"), @r#"the admin URL has a parameter "host"; only sslmode, sslrootcert, sslcert, sslkey may stand there"#);
        insta::assert_snapshot!(error_of("postgres://bot:x@%2Frun%2Fpostgresql/orders"), @"the admin URL names a socket, not a host");
        insta::assert_snapshot!(error_of("mysql://bot:x@db/orders"), @"the admin URL does not begin with postgres://");
        insta::assert_snapshot!(error_of("postgres:///orders"), @"the admin URL names no host");
        insta::assert_snapshot!(error_of("postgres://db/orders"), @"the admin URL names no user");
    }

    #[test]
    fn no_error_shows_the_password() {
        for url in [
            "postgres//bot:hunter2@db",
            "postgres://bot:hunter2@db:99999/x",
            "postgres://bot:hunter2@db/x?sslmode=hunter2",
            "postgres://bot:hunter2@db/x?password=hunter2",
        ] {
            assert!(!error_of(url).contains("hunter2"), "{url}");
        }
    }
}
