//! Poolers that give each transaction another of the server's sessions, such as PgBouncer with `pool_mode = transaction`.
//!
//! The bot prepares its statements once for each connection and sets limits there, and both would be in somebody else's
//! session. So it looks before it does either: by plain queries, which any pooler passes on.

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor, PgConnection, Row};

use super::error::StoreError;

/// How often it is looked. Where nobody else is on the pool the first look tells, for then both connections get the session that
/// was given back last; where others are, sessions go round.
const LOOKS: usize = 10;

/// Refuses unless a connection has one session to itself, by a second one beside it.
pub(super) async fn must_keep_sessions(
    options: &PgConnectOptions,
    first: &mut PgConnection,
) -> Result<(), StoreError> {
    let mut second = options.connect().await?;
    let (one, other) = (session(first).await?, session(&mut second).await?);
    for _ in 0..LOOKS {
        // Twice in a row, so that sessions that are handed out in turns do not seem to be kept.
        let kept = session(first).await? == one && session(first).await? == one;
        if one == other || !kept || session(&mut second).await? != other {
            return Err(StoreError::SharedSessions);
        }
    }
    second.close().await?;
    Ok(())
}

/// The process of the server's that answers.
async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    connection.fetch_one("SELECT pg_backend_pid()").await?.try_get(0)
}
