//! What a failure means for the caller, decided by its SQLSTATE and described in our own words.
//!
//! Invariant: no text from the server or the driver is passed on, and of the URL only host and port, so none can carry a secret.

use std::borrow::Cow;
use std::io::{self, ErrorKind};

use super::super::IntegrationError;
use super::server::Endpoint;
use crate::access::target::Trouble;
use crate::postgres_url::certificate;

/// The SQLSTATE of an error that the server reported.
pub(crate) fn code_of(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

/// Somebody else is changing the same row at this moment: an immediate retry is right.
pub(crate) fn is_contended(error: &sqlx::Error) -> bool {
    matches!(
        code_of(error).as_deref(),
        Some("55P03" | "XX000" | "40P01" | "40001")
    )
}

/// Turns a driver's error into what it means, for `map_err`. `doing` is read after "while", as in "reading the login".
pub(crate) fn failed(doing: &'static str) -> impl FnOnce(sqlx::Error) -> IntegrationError {
    move |error| match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or(Cow::Borrowed("no code"));
            by_code(doing, &code)
        }
        sqlx::Error::Tls(_) => no_tls(doing),
        sqlx::Error::PoolTimedOut => IntegrationError::retry(
            Trouble::Slow,
            format!("while {doing}: no connection to the server in time"),
        ),
        // A certificate that is not accepted is reported as this kind of I/O error.
        sqlx::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            match certificate::refused(&error) {
                Some(what) => IntegrationError::refuse(Trouble::Setup, format!("while {doing}: {what}")),
                None => no_tls(doing),
            }
        }
        // A server is reached by its address, so "not found" is about a file.
        sqlx::Error::Io(error) if error.kind() == ErrorKind::NotFound => IntegrationError::refuse(
            Trouble::Setup,
            format!(
                "while {doing}: a file that the URL names as sslrootcert, sslcert or sslkey does not exist"
            ),
        ),
        sqlx::Error::Io(error) => IntegrationError::retry(
            Trouble::Unreachable,
            format!(
                "while {doing}: the connection to the server failed ({})",
                error.kind()
            ),
        ),
        _ => IntegrationError::retry(
            Trouble::Odd,
            format!("while {doing}: the server's answer was not understood"),
        ),
    }
}

/// What [`failed`] says, about an attempt to connect: what is only about the network names the server by its host and port.
pub(crate) fn not_connected(doing: &'static str, at: &Endpoint, error: sqlx::Error) -> IntegrationError {
    let sqlx::Error::Io(io) = &error else {
        return failed(doing)(error);
    };
    let place = at.place();
    let what = match io.kind() {
        ErrorKind::ConnectionRefused => format!("{place} refused the connection"),
        ErrorKind::TimedOut => format!("{place} does not answer"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => format!("there is no route to {place}"),
        // A failed name lookup has no kind of its own.
        _ => match failed_lookup(io) {
            Some(Lookup::NoSuchHost) => format!("no such host: {}", at.host),
            Some(Lookup::NoAnswer) => {
                format!(
                    "the host name {} cannot be looked up: no name server answers",
                    at.host
                )
            }
            None => return failed(doing)(error),
        },
    };
    IntegrationError::retry(Trouble::Unreachable, format!("while {doing}: {what}"))
}

/// Why a host name leads to no address.
enum Lookup {
    NoSuchHost,
    NoAnswer,
}

/// Only the text of the library tells; it is the same in every locale, because this program never sets one.
fn failed_lookup(error: &io::Error) -> Option<Lookup> {
    let text = error.to_string();
    let why = text.strip_prefix("failed to lookup address information: ")?;
    Some(if why.starts_with("Temporary failure") {
        Lookup::NoAnswer
    } else {
        Lookup::NoSuchHost
    })
}

fn no_tls(doing: &str) -> IntegrationError {
    IntegrationError::refuse(
        Trouble::Setup,
        format!(
            "while {doing}: no TLS connection that satisfies the URL's sslmode could be made: the server does not offer TLS, or a file that the URL names is not a certificate or key"
        ),
    )
}

/// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn by_code(doing: &str, code: &str) -> IntegrationError {
    let (passes, cause, what) = match code {
        "28000" => (
            false,
            Trouble::Setup,
            "the server's pg_hba.conf does not allow the bot's user",
        ),
        "28P01" => (
            false,
            Trouble::Setup,
            "the password is wrong, or there is no such user: run the SQL of `apono integrations setup-sql` again, or correct the secret",
        ),
        "42501" => (
            false,
            Trouble::Rights,
            "the bot's role lacks a privilege that this needs",
        ),
        // A server accepts our startup message, but a pooler does not: it does not know the settings in it.
        "08P01" => (
            false,
            Trouble::Setup,
            "there is a connection pooler at this address, or something else that is not a PostgreSQL server; the URL has to name the server itself",
        ),
        "3D000" => (false, Trouble::Missing, "the database does not exist"),
        "42704" => (false, Trouble::Missing, "a role does not exist"),
        "2BP01" => (
            false,
            Trouble::Rights,
            "it still has something that only others can take away, such as privileges that they gave it",
        ),
        "25006" => (true, Trouble::Unreachable, "the server is currently read-only"),
        "53300" => (true, Trouble::Busy, "the server has too many connections"),
        "55P03" | "40P01" | "40001" => (true, Trouble::Busy, "somebody else is holding a lock"),
        // The catalogs' error for a row that another transaction has changed; the other codes are for two transactions that
        // create one role.
        "XX000" | "23505" | "42710" => (true, Trouble::Busy, "somebody else is changing the same role"),
        "57014" => (true, Trouble::Slow, "the server did not finish in time"),
        "57P01" | "57P02" | "57P03" => (
            true,
            Trouble::Unreachable,
            "the server is starting or shutting down",
        ),
        _ => (true, Trouble::Odd, "the server reported an error"),
    };
    let text = format!("while {doing}: {what} ({code})");
    if passes {
        IntegrationError::retry(cause, text)
    } else {
        IntegrationError::refuse(cause, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::SecretRef;

    #[test]
    fn only_what_somebody_must_change_is_refused() {
        for code in ["28P01", "28000", "42501", "3D000", "42704", "08P01"] {
            let error = by_code("reading", code);
            assert!(matches!(error, IntegrationError::Refuse { .. }), "{code}");
        }
        for code in ["53300", "57P01", "57014", "55P03", "40001", "XX000"] {
            let error = by_code("reading", code);
            assert!(matches!(error, IntegrationError::Retry { .. }), "{code}");
        }
    }

    #[test]
    fn the_drivers_own_text_is_not_passed_on() {
        let errors = [
            sqlx::Error::Protocol("postgres://bot:hunter2@db".into()),
            sqlx::Error::Configuration("hunter2".into()),
            sqlx::Error::Io(std::io::Error::other("hunter2")),
        ];
        for error in errors {
            assert!(!failed("reading")(error).to_string().contains("hunter2"));
        }
    }

    #[test]
    fn an_attempt_to_connect_names_the_server_and_the_cause() {
        let at = Endpoint {
            host: "db.example.com".to_owned(),
            port: 5432,
            database: "orders".to_owned(),
            secret: SecretRef::Env("ORDERS_DB_URL".to_owned()),
        };
        let told = |error: io::Error| not_connected("connecting", &at, sqlx::Error::Io(error)).to_string();
        let lookup = |why: &str| {
            told(io::Error::other(format!(
                "failed to lookup address information: {why}"
            )))
        };
        let all = [
            told(ErrorKind::ConnectionRefused.into()),
            told(ErrorKind::TimedOut.into()),
            told(ErrorKind::HostUnreachable.into()),
            lookup("Name or service not known"),
            lookup("Temporary failure in name resolution"),
            told(ErrorKind::ConnectionReset.into()),
            told(io::Error::other("hunter2")),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        while connecting: db.example.com:5432 refused the connection
        while connecting: db.example.com:5432 does not answer
        while connecting: there is no route to db.example.com:5432
        while connecting: no such host: db.example.com
        while connecting: the host name db.example.com cannot be looked up: no name server answers
        while connecting: the connection to the server failed (connection reset)
        while connecting: the connection to the server failed (other error)
        ");
    }
}
