//! What can go wrong between us and the database, by what the caller does about it.
//!
//! Invariant: no text here holds an address or a password. What the driver says is passed on only where its words are
//! about statements and servers; an address that could not be read is never quoted.

use std::fmt;
use std::path::PathBuf;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::postgres_url::certificate;

/// A failed read or write. Nothing of the transaction it happened in is kept, but for a commit whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The row is not what the caller read any more; read again and decide again.
    #[error("another writer was faster")]
    Conflict,
    /// The lease was over and somebody else took the work; stop, and change nothing.
    #[error("the lease on this work is not ours any more")]
    Stale,
    /// Another process runs on this SQLite database.
    #[error("in use by another process, which holds {}", .0.display())]
    InUse(PathBuf),
    /// Something that was promised to be there is not.
    #[error("no {table} {id}")]
    NotFound { table: &'static str, id: String },
    /// A stored row cannot be what the program wrote.
    #[error("{table} {id} is inconsistent: {what}")]
    Inconsistent {
        table: &'static str,
        id: String,
        what: String,
    },
    /// A constraint or trigger of the schema refused the change, or the database its data: the program is wrong, and trying again will not help.
    #[error("the database refused the change: {0}")]
    Refused(String),
    /// The database could not be reached or did not answer; it may later. If that was the answer to a commit, it may have
    /// happened: whoever tries again finds that by what the change itself left, such as a settled envelope or a job's fence.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A pooler gives the session that a connection has to others.
    #[error(
        "its address leads to a pooler that gives each transaction another session of the server's; name the server itself in `[database] url`, or a pool in session mode (for PgBouncer: `pool_mode = session`)"
    )]
    SharedSessions,
    /// The schema is missing or older than this program's; it has to be migrated first.
    #[error("this database is not migrated yet")]
    NotMigrated,
    /// A newer version of the program migrated this database; names the migrations that this one does not know.
    #[error("a newer version migrated this database ({0})")]
    Newer(String),
}

impl StoreError {
    pub(super) fn inconsistent(table: &'static str, id: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self::Inconsistent {
            table,
            id: id.to_string(),
            what: what.to_string(),
        }
    }

    pub(super) fn not_found(table: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound {
            table,
            id: id.to_string(),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text) | SqlErr::ForeignKeyConstraintViolation(text)) =
            error.sql_err()
        {
            return Self::Refused(text);
        }
        match &error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => from_driver(cause),
            DbErr::ConnectionAcquire(_) => Self::Unavailable(NO_CONNECTION.to_owned()),
            // Its text may quote the address.
            DbErr::Conn(RuntimeErr::Internal(_)) => {
                Self::Unavailable("its address cannot be used".to_owned())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        from_driver(&error)
    }
}

const NO_CONNECTION: &str = "no connection could be had in time";

/// PostgreSQL's codes for transactions that lost against another one: `serialization_failure`, `deadlock_detected`.
const LOST_RACES: [&str; 2] = ["40001", "40P01"];

/// `invalid_sql_statement_name`, `duplicate_prepared_statement`: what we prepared is another session's, or another's is ours.
const FOREIGN_SESSIONS: [&str; 2] = ["26000", "42P05"];

/// Class 22 is "data exception", such as a text with a zero byte; class 23 "integrity constraint violation"; `P0001` an
/// exception raised by a trigger.
fn is_refusal(code: &str) -> bool {
    code.starts_with("22") || code.starts_with("23") || code == "P0001"
}

/// SQLite's primary result code for constraints and `RAISE(ABORT)`; extended codes carry it in their low byte.
const SQLITE_CONSTRAINT: i64 = 19;

fn from_driver(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            let text = cause.message().to_owned();
            let from_sqlite = cause.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some();
            let refused = if from_sqlite {
                code.parse::<i64>()
                    .is_ok_and(|code| code & 0xff == SQLITE_CONSTRAINT)
            } else {
                is_refusal(&code)
            };
            if refused {
                StoreError::Refused(text)
            } else if !from_sqlite && LOST_RACES.contains(&&*code) {
                StoreError::Conflict
            } else if !from_sqlite && FOREIGN_SESSIONS.contains(&&*code) {
                StoreError::SharedSessions
            } else {
                StoreError::Unavailable(text)
            }
        }
        sqlx::Error::Io(cause) => StoreError::Unavailable(
            certificate::refused(cause).map_or_else(|| cause.to_string(), str::to_owned),
        ),
        sqlx::Error::Tls(cause) => StoreError::Unavailable(cause.to_string()),
        sqlx::Error::Protocol(text) => StoreError::Unavailable(text.clone()),
        sqlx::Error::PoolTimedOut => StoreError::Unavailable(NO_CONNECTION.to_owned()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable("the connection is closed".to_owned())
        }
        sqlx::Error::ColumnDecode { index, .. } => {
            StoreError::Unavailable(format!("column {index} cannot be read"))
        }
        // The remaining kinds are about addresses and the program's own use of the driver; their text may quote either.
        _ => StoreError::Unavailable("its address or the driver's answer cannot be used".to_owned()),
    }
}
