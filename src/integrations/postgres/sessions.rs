//! The sessions of a role: only ending them takes away what it has already opened (a role it set, a cursor it reads).

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use crate::failpoint;

/// A session takes that long to show itself when its login passed just before the lock, so the last look comes after it.
const SETTLE: Duration = Duration::from_millis(20);

/// How often sessions are looked for again; together with [`SETTLE`] some 3 s, inside a call's time-out.
const LOOKS: u32 = 150;

/// Which of a role's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Every one: nobody can log in any more.
    All,
    /// Those that are there now: the role may log in as before, but what they have opened was opened with more.
    Present,
}

/// Ends sessions of the role with this oid and reads back that none of them is left. Returns how many there were.
///
/// A session is known by the user it authenticated as, so that `SET ROLE` does not hide it; for the same reason nobody
/// can tell which sessions did set a role. When a session began is hidden from a bot that may only signal.
pub(crate) async fn end(
    connection: &mut PgConnection,
    role: i64,
    which: Which,
) -> Result<u32, IntegrationError> {
    let mut ended = BTreeSet::new();
    let mut left = 0;
    for look in 0..LOOKS {
        let only: Option<Vec<i32>> = match which {
            Which::Present if look > 1 => Some(ended.iter().copied().collect()),
            Which::Present | Which::All => None,
        };
        let found: Vec<(i32, bool)> = sqlx::query_as(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE usesysid::int8 = $1 AND ($2::int4[] IS NULL OR pid = ANY($2))",
        )
        .bind(role)
        .bind(only)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("ending the sessions"))?;
        failpoint::passed(if found.is_empty() {
            "target: no session found"
        } else {
            "target: sessions ended"
        });
        left = found.len();
        if left == 0 && look > 0 {
            return Ok(u32::try_from(ended.len()).unwrap_or(u32::MAX));
        }
        ended.extend(found.into_iter().map(|(pid, _)| pid));
        tokio::time::sleep(SETTLE).await;
    }
    Err(IntegrationError::Retry(format!(
        "the access is locked, but {left} sessions have not ended yet"
    )))
}
