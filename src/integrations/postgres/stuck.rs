//! What is said of sessions that were told to end and go on: code that never checks for interrupts ignores the server's own
//! request to end, which is reported as sent all the same.

use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::IntegrationError;

/// How many of its locks are named.
const MOST_LOCKS: usize = 3;

/// For the alarm: the processes, what they hold, and what helps.
pub(super) async fn stuck(connection: &mut PgConnection, pids: &[i32], hidden: usize) -> IntegrationError {
    let mut told = Vec::new();
    for pid in pids {
        let locks = locks_of(connection, *pid).await.unwrap_or_default();
        let locks = if locks.is_empty() {
            "no locks that show".to_owned()
        } else {
            let more = if locks.len() > MOST_LOCKS {
                ", and more"
            } else {
                ""
            };
            let named = locks.iter().take(MOST_LOCKS).cloned().collect::<Vec<_>>();
            format!("the locks {}{more}", named.join(", "))
        };
        told.push(format!("process {pid} holds {locks}"));
    }
    if hidden > 0 {
        told.push(format!("{hidden} sessions have not finished starting"));
    }
    IntegrationError::retry(
        Trouble::Unfinished,
        format!(
            "sessions were told to end and go on: {}. Code that never checks for interrupts ignores that; if it goes on, only a \
         restart of the server ends it",
            told.join("; ")
        ),
    )
}

/// `RowExclusiveLock on relation 16403 of database orders`: numbers, as a name would be the grantee's own choice.
async fn locks_of(connection: &mut PgConnection, pid: i32) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT mode || ' on ' || coalesce('relation ' || relation, locktype) || coalesce(' of database ' || datname, '')
         FROM pg_locks l LEFT JOIN pg_database d ON d.oid = l.database
         WHERE l.pid = $1 AND granted AND locktype <> 'virtualxid' ORDER BY 1 LIMIT $2",
    )
    .bind(pid)
    .bind(i64::try_from(MOST_LOCKS + 1).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
}
