//! What a failure means for the caller, decided by its SQLSTATE and described in our own words.
//!
//! Invariant: no text from the server, the driver or the URL is passed on, so none can carry a secret.

use std::borrow::Cow;
use std::io::ErrorKind;

use super::super::IntegrationError;
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
        // A failed name lookup has a text from the library and no error kind.
        sqlx::Error::Io(error) if error.to_string().starts_with("failed to lookup address") => {
            IntegrationError::retry(
                Trouble::Unreachable,
                format!("while {doing}: the URL's host name cannot be resolved on this machine"),
            )
        }
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
            "the server does not accept the bot's user or password",
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
    fn a_host_that_is_no_name_is_told_as_that() {
        let error = std::io::Error::other("failed to lookup address information: Name or service not known");
        let told = failed("connecting")(sqlx::Error::Io(error)).to_string();
        assert_eq!(
            told,
            "while connecting: the URL's host name cannot be resolved on this machine"
        );
    }
}
