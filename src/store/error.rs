//! What can go wrong with the database, grouped by what the caller does about it.
//!
//! Invariant: no text here holds an address or a password. The driver's texts are passed on only if they are about statements
//! and servers; an address that could not be parsed is never quoted.

use std::fmt;
use std::path::PathBuf;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::postgres_url::certificate;

/// A failed read or write. Its transaction is rolled back, except for a commit whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The row has changed since the caller read it; read again and decide again.
    #[error("another writer was faster")]
    Conflict,
    /// The lease expired and somebody else took the work; stop, and change nothing.
    #[error("the lease on this work is no longer ours")]
    Stale,
    /// Another process is using this SQLite database.
    #[error("in use by another process, which holds {}: stop that one first", .0.display())]
    InUse(PathBuf),
    /// Something that must exist does not.
    #[error("no {table} {id}")]
    NotFound { table: &'static str, id: String },
    /// The program cannot have written this row.
    #[error("{table} {id} is inconsistent: {what}")]
    Inconsistent {
        table: &'static str,
        id: String,
        what: String,
    },
    /// A constraint or trigger of the schema refused the change, or the database refused its data: this is a bug, and a retry
    /// will not help.
    #[error("the database refused the change: {0}")]
    Refused(String),
    /// The database could not be reached or did not answer; it may later. If this was the answer to a commit, the commit may
    /// have happened: a retry detects that by what the change left, such as a settled envelope or a job's fence.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A pooler gives this connection's session to others.
    #[error(
        "its address points to a pooler that gives each transaction a different server session; use the server itself in `[database] url`, or a pool in session mode (for PgBouncer: `pool_mode = session`)"
    )]
    SharedSessions,
    /// The schema is missing or older than this version's; it has to be migrated first.
    #[error("this database has not been migrated yet")]
    NotMigrated,
    /// A newer version migrated this database; lists the migrations that this version does not know.
    #[error("a newer version of apono migrated this database ({0})")]
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

const NO_CONNECTION: &str = "no connection in time";

/// PostgreSQL's codes for transactions that lost to another one: `serialization_failure`, `deadlock_detected`.
const LOST_RACES: [&str; 2] = ["40001", "40P01"];

/// `invalid_sql_statement_name`, `duplicate_prepared_statement`: a statement we prepared is in another session, or we are in a
/// session with another's.
const FOREIGN_SESSIONS: [&str; 2] = ["26000", "42P05"];

/// Class 22 is "data exception", such as a text with a NUL byte; class 23 "integrity constraint violation"; `P0001` an
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
        // The remaining errors are about addresses and our own use of the driver; their text may quote an address.
        _ => StoreError::Unavailable("its address or the driver's answer is not valid".to_owned()),
    }
}
