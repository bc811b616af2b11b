//! Dana in the sample database, with nothing but what the Connect window shows.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

use crate::access::time::Timestamp;
use crate::clock::{Clock, SystemClock};

use super::error::DemoError;
use super::stage::PATIENCE;

pub(super) const QUERY: &str =
    "SELECT o.id, name, cents FROM orders o JOIN customers c ON c.id = customer ORDER BY 1";
pub(super) const WRITE: &str = "DELETE FROM orders";
const LONG_QUERY: &str = "SELECT pg_sleep(3600)";

/// SQLSTATEs: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
const ADMIN_SHUTDOWN: &str = "57P01";
/// Class 28, "invalid authorization specification": a wrong password, no such role, a role that may not log in.
const NO_LOGIN: &str = "28";

/// What the Connect window shows.
pub(super) struct Login {
    host: String,
    port: u16,
    database: String,
    user: String,
    pub(super) password: SecretString,
}

impl Login {
    /// Reads the window's lines; `None` if one is missing.
    pub(super) fn read(window: &str) -> Option<Self> {
        let field = |label: &str| {
            window
                .lines()
                .find_map(|line| line.strip_prefix(label)?.strip_prefix(": "))
                .map(str::to_owned)
        };
        Some(Self {
            host: field("Host")?,
            port: field("Port")?.parse().ok()?,
            database: field("Database")?,
            user: field("User")?,
            password: field("Password")?.into(),
        })
    }

    pub(super) async fn open(&self) -> Result<PgConnection, DemoError> {
        Ok(PgConnection::connect_with(&self.options()).await?)
    }

    /// The server's message when it refuses the login; any other outcome is an error, an unreachable server too.
    pub(super) async fn is_refused(&self) -> Result<String, DemoError> {
        match PgConnection::connect_with(&self.options()).await {
            Ok(_) => Err(DemoError::NotAsPromised(
                "the access has ended, but a new login still works".to_owned(),
            )),
            Err(error) => server_said(error, NO_LOGIN),
        }
    }

    fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .database(&self.database)
            .username(&self.user)
            .password(self.password.expose_secret())
            .ssl_mode(PgSslMode::Disable)
    }
}

/// Every order, one per line.
pub(super) async fn read_orders(session: &mut PgConnection) -> Result<Vec<String>, DemoError> {
    let rows: Vec<(i32, String, i32)> = sqlx::query_as(QUERY).fetch_all(session).await?;
    let line = |(id, name, cents)| format!("{id:>2}   {name:<8} {cents:>5}");
    Ok(rows.into_iter().map(line).collect())
}

/// The server's message when it refuses to write.
pub(super) async fn writing_is_refused(session: &mut PgConnection) -> Result<String, DemoError> {
    match sqlx::query(WRITE).execute(session).await {
        Ok(_) => Err(DemoError::NotAsPromised(
            "the access is read-only, but it can write".to_owned(),
        )),
        Err(error) => server_said(error, INSUFFICIENT_PRIVILEGE),
    }
}

/// A session with a query that runs for an hour, unless it is cut off.
pub(super) struct OpenSession {
    query: JoinHandle<(Result<(), sqlx::Error>, Timestamp)>,
}

/// How an open session ended.
pub(super) struct CutOff {
    /// With the server's message.
    pub(super) said: String,
    pub(super) at: Timestamp,
}

impl OpenSession {
    pub(super) fn start(mut session: PgConnection) -> Self {
        let query = async move {
            let ended = sqlx::query(LONG_QUERY).execute(&mut session).await;
            (ended.map(|_| ()), SystemClock.now())
        };
        Self {
            query: tokio::spawn(query),
        }
    }

    /// Waits until the server ends it, at most `left` and a little longer.
    pub(super) async fn cut_off(self, left: Duration) -> Result<CutOff, DemoError> {
        let waited = tokio::time::timeout(left + PATIENCE, self.query).await;
        let (ended, at) = waited
            .map_err(|_| DemoError::waited_for("the open session to be cut off"))?
            .expect("a query does not panic");
        let Err(error) = ended else {
            return Err(DemoError::NotAsPromised(
                "the open session was not cut off".to_owned(),
            ));
        };
        Ok(CutOff {
            said: server_said(error, ADMIN_SHUTDOWN)?,
            at,
        })
    }
}

/// The server's message, if it refused with one of these SQLSTATEs.
fn server_said(error: sqlx::Error, state: &str) -> Result<String, DemoError> {
    let refusal = error.as_database_error();
    let code = refusal.and_then(DatabaseError::code);
    match (refusal, code) {
        (Some(refusal), Some(code)) if code.starts_with(state) => Ok(refusal.message().to_owned()),
        (Some(_) | None, Some(_) | None) => Err(error.into()),
    }
}
