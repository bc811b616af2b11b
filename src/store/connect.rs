//! Connections to SQLite, set up as the bot's guarantees require: durable commits, foreign keys, bounded waits, no statement
//! in any log.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor, Row};

use super::error::StoreError;
use super::pool::Pool;

/// How long a statement waits for SQLite's lock; only a reader's checkpoint or an external tool can hold it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a task, or startup, waits for a connection.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Readers of SQLite; more would only compete for the two cores of a small machine.
const SQLITE_READERS: u32 = 4;

/// Prepared statements that a connection keeps. The bot has more than the hundred that sqlx keeps by default, and a busy bot
/// cycles through all of them, so each would be prepared again each time.
pub(super) const STATEMENTS: usize = 400;

/// What a connection is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Write,
    Read,
    /// To test whether the database accepts a write, which may be lost.
    Probe,
    /// To write a copy, while nothing is written here.
    Copy,
}

/// Takes the lock that keeps a second process away from a SQLite database; it is held as long as the file is open.
pub(super) fn lock(database: &Path) -> Result<File, StoreError> {
    // One database with two names has one lock.
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let mut name = real.into_os_string();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = open_private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path)),
        Err(TryLockError::Error(error)) => Err(unusable(&path, &error)),
    }
}

/// Opens a file that only its owner can read, and creates it if it does not exist. SQLite gives the files next to a database
/// the same mode.
pub(super) fn open_private(path: &Path) -> Result<File, StoreError> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

pub(super) async fn sqlite(database: &Path, purpose: Purpose) -> Result<Pool, StoreError> {
    let shared = SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(match purpose {
            Purpose::Write | Purpose::Read | Purpose::Copy => SqliteSynchronous::Full,
            // A checkpoint waits for the disk anyway, so nothing else is lost.
            Purpose::Probe => SqliteSynchronous::Normal,
        })
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let (connections, options) = match purpose {
        Purpose::Write => (1, shared.journal_mode(SqliteJournalMode::Wal)),
        Purpose::Probe | Purpose::Copy => (1, shared),
        Purpose::Read => (SQLITE_READERS, shared.pragma("query_only", "ON")),
    };
    let pool = PoolOptions::new();
    let pool = match purpose {
        Purpose::Write | Purpose::Probe | Purpose::Copy => {
            pool.before_acquire(|connection, _| Box::pin(is_outside_transaction(connection)))
        }
        // A connection that only reads is never inside a transaction, and checking would cost as much as the query itself.
        Purpose::Read => pool,
    };
    let pool = pool
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file does not disconnect: there is nothing to check before each use, and no maximum age for a connection.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match purpose {
                    Purpose::Write | Purpose::Read | Purpose::Copy => assert_durable(connection).await,
                    Purpose::Probe => Ok(()),
                }
            })
        })
        .connect_with(options)
        .await?;
    Ok(Pool::of_file(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)))
}

/// Whether the connection may be used again. After a full disk or another fault SQLite rolls back on its own. The driver's own
/// rollback then fails, so the driver assumes that none happened and would run everything that follows inside a transaction
/// that never ends: data reported as committed would be lost with the process.
async fn is_outside_transaction(connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
    // A queued rollback is done before this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// A build of SQLite can have other defaults, and an unknown pragma is ignored, so the settings are read back.
async fn assert_durable(connection: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
    for (pragma, wanted) in [("PRAGMA synchronous", 2_i64), ("PRAGMA foreign_keys", 1)] {
        let found: i64 = connection.fetch_one(pragma).await?.try_get(0)?;
        if found != wanted {
            return Err(sqlx::Error::Protocol(format!(
                "{pragma} is {found}, not {wanted}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_sqlite_connection_waits_for_the_disk_and_only_writers_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("apono.db");
        open_private(&path).unwrap();
        for (purpose, query_only) in [(Purpose::Write, 0), (Purpose::Read, 1)] {
            let pool = sqlite(&path, purpose).await.unwrap();
            let db = pool.bare();
            let pool = db.get_sqlite_connection_pool();
            let mut all = Vec::new();
            for _ in 0..pool.options().get_max_connections() {
                all.push(pool.acquire().await.unwrap());
            }
            for connection in &mut all {
                for (pragma, wanted) in [
                    ("synchronous", 2),
                    ("foreign_keys", 1),
                    ("busy_timeout", 5_000),
                    ("query_only", query_only),
                ] {
                    let sql = sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"));
                    let found: i64 = connection.fetch_one(sql).await.unwrap().get(0);
                    assert_eq!(found, wanted, "{pragma}");
                }
                let mode: String = connection.fetch_one("PRAGMA journal_mode").await.unwrap().get(0);
                assert_eq!(mode, "wal");
            }
        }
    }

    #[tokio::test]
    async fn a_connection_that_would_not_wait_for_the_disk_is_refused() {
        let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection
            .execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
            .await
            .unwrap();
        let error = assert_durable(&mut connection).await.unwrap_err();
        assert!(
            error.to_string().contains("PRAGMA synchronous is 1, not 2"),
            "{error}"
        );
    }
}
