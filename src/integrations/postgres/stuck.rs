//! What is reported about sessions that were told to terminate but keep running: code that never checks for interrupts ignores the
//! server's own termination request, which is still reported as sent.

use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::IntegrationError;

/// How many of its locks are listed.
const MOST_LOCKS: usize = 3;

/// For the alarm: the processes, what they hold, and how to fix it.
pub(super) async fn stuck(connection: &mut PgConnection, pids: &[i32], hidden: usize) -> IntegrationError {
    let mut told = Vec::new();
    for pid in pids {
        let locks = locks_of(connection, *pid).await.unwrap_or_default();
        let locks = if locks.is_empty() {
            "no visible locks".to_owned()
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
        let sessions = if hidden == 1 {
            "session has"
        } else {
            "sessions have"
        };
        told.push(format!("{hidden} {sessions} not finished starting"));
    }
    IntegrationError::retry(
        Trouble::Unfinished,
        format!(
            "sessions were told to terminate but keep running: {}. Code that never checks for interrupts ignores this; if they keep running, only a \
         restart of the server ends them",
            told.join("; ")
        ),
    )
}

/// `RowExclusiveLock on relation 16403 of database orders`: a number, because the grantee could choose a name.
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
