//! Poolers that give each transaction a different server session, such as PgBouncer with `pool_mode = transaction`.
//!
//! The bot prepares its statements once per connection and sets limits there, and both would end up in somebody else's
//! session. So it checks before doing either, with plain queries, which every pooler passes on.

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor, PgConnection, Row};

use super::error::StoreError;

/// How often to check. If nobody else uses the pool, the first check is enough, because both connections then get the session
/// that was returned last; with others, sessions rotate.
const LOOKS: usize = 10;

/// Refuses unless a connection has a session of its own, which is checked with a second connection.
pub(super) async fn must_keep_sessions(
    options: &PgConnectOptions,
    first: &mut PgConnection,
) -> Result<(), StoreError> {
    let mut second = options.connect().await?;
    let (one, other) = (session(first).await?, session(&mut second).await?);
    for _ in 0..LOOKS {
        // Twice in a row, so sessions that are handed out in turns do not look like dedicated ones.
        let kept = session(first).await? == one && session(first).await? == one;
        if one == other || !kept || session(&mut second).await? != other {
            return Err(StoreError::SharedSessions);
        }
    }
    second.close().await?;
    Ok(())
}

/// The server process that answers.
async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    connection.fetch_one("SELECT pg_backend_pid()").await?.try_get(0)
}
