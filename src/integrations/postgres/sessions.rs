//! The sessions of a login: only ending them takes away what it has already opened (a role it set, a cursor it reads).

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use super::login::Login;

/// A session takes that long to show itself when its login passed just before the lock, so the last look comes after it.
const SETTLE: Duration = Duration::from_millis(20);

/// How often sessions are looked for again; together with [`SETTLE`] some 3 s, inside a call's time-out.
const LOOKS: u32 = 150;

/// Ends every session of a locked login and reads back that none is left. Returns how many there were.
///
/// A session is known by the user it authenticated as, so that `SET ROLE` does not hide it.
pub(crate) async fn end_all(connection: &mut PgConnection, login: &Login) -> Result<u32, IntegrationError> {
    let mut ended = BTreeSet::new();
    let mut left = 0;
    for look in 0..LOOKS {
        let found: Vec<(i32, bool)> = sqlx::query_as(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid::int8 = $1",
        )
        .bind(login.oid)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("ending the login's sessions"))?;
        left = found.len();
        if left == 0 && look > 0 {
            return Ok(u32::try_from(ended.len()).unwrap_or(u32::MAX));
        }
        ended.extend(found.into_iter().map(|(pid, _)| pid));
        tokio::time::sleep(SETTLE).await;
    }
    Err(IntegrationError::Retry(format!(
        "the login is locked, but {left} of its sessions have not ended yet"
    )))
}
