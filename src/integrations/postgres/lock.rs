//! The lock on a role: nobody can log in with it any more, whatever authentication the server uses.
//!
//! Invariant: nobody can prevent it. The role's row can be held by a session, which is told to end while we wait in the row's
//! queue, or by a prepared transaction, which is rolled back if it is the grantee's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use super::super::IntegrationError;
use super::errors::{code_of, failed, is_contended};
use super::login::Login;
use super::names::Identifier;
use super::prepared::{Blocker, blocker, roll_back};
use super::rights;
use super::server::{Server, WRITING};
use super::sessions::Sweep;
use super::steps::Step;
use super::target::Plan;
use crate::access::target::Trouble;
use crate::failpoint;

/// Normally nobody holds the row.
const BRIEFLY: Duration = Duration::from_millis(200);
/// The wait in the queue for a row that somebody holds.
const IN_QUEUE: Duration = Duration::from_secs(1);
/// The time between two checks of who holds it.
const PAUSE: Duration = Duration::from_millis(30);
/// The time limit for all of it in one call.
const PATIENCE: Duration = Duration::from_millis(2_500);

const DOING: &str = "locking the access";

/// Commits the lock. `sweep` ends the sessions that could block it.
pub(crate) async fn lock(
    server: &Arc<Server>,
    connection: &mut PgConnection,
    plan: &Plan,
    name: &Identifier,
    note: Option<&str>,
    sweep: &mut Sweep,
) -> Result<(), IntegrationError> {
    let step = Step::Lock { role: name, note };
    let bounded = plan.target.bounded;
    let began = Instant::now();
    let mut foreign = None;
    loop {
        let tried = match attempt(connection, bounded, &step, BRIEFLY).await {
            Err(error) if is_contended(&error) => {
                sweep.signal(connection).await?;
                in_queue(server, connection, plan, &step, sweep, &mut foreign).await?
            }
            tried => tried,
        };
        match tried {
            Ok(()) => {
                failpoint::passed(format_args!("target: {DOING}"));
                return Ok(());
            }
            Err(error) if is_contended(&error) && began.elapsed() < PATIENCE => {}
            Err(error) if is_contended(&error) => {
                let why = foreign.unwrap_or_else(|| "somebody else has locked its row".to_owned());
                return Err(IntegrationError::retry(
                    Trouble::Busy,
                    format!("while {DOING}: {why}"),
                ));
            }
            Err(error) if code_of(&error).as_deref() == Some("42501") => {
                // An administrator has already locked the role that the bot may not touch.
                if Login::find(connection, plan)
                    .await?
                    .is_some_and(|login| !login.open)
                {
                    return Ok(());
                }
                let missing = rights::missing(connection, name.as_str(), bounded).await?;
                let what = if sweep.was_refused() {
                    "its sessions cannot be ended, and it cannot be locked"
                } else {
                    "its sessions were told to terminate, but it cannot be locked"
                };
                return Err(IntegrationError::retry(
                    Trouble::Rights,
                    format!("{what}: {missing}"),
                ));
            }
            Err(error) => return Err(failed(DOING)(error)),
        }
    }
}

/// Waits for the row on a second connection while the first one ends the sessions that hold it: the first in the queue gets
/// the row. If the server gives no second connection, the caller's loop continues with the one it has.
async fn in_queue(
    server: &Arc<Server>,
    connection: &mut PgConnection,
    plan: &Plan,
    step: &Step<'_>,
    sweep: &mut Sweep,
    foreign: &mut Option<String>,
) -> Result<Result<(), sqlx::Error>, IntegrationError> {
    let bounded = plan.target.bounded;
    let Ok(mut waiting) = server.connection(DOING).await else {
        return Ok(attempt(connection, bounded, step, BRIEFLY).await);
    };
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut *waiting)
        .await
        .map_err(failed(DOING))?;
    let queued = attempt(&mut waiting, bounded, step, IN_QUEUE);
    tokio::pin!(queued);
    let mut rolling_back = None;
    let done = loop {
        tokio::select! {
            done = &mut queued => break done,
            () = tokio::time::sleep(PAUSE) => {}
        }
        sweep.signal(connection).await?;
        match blocker(connection, plan, pid).await? {
            Some(Blocker::Theirs(prepared)) if rolling_back.is_none() => {
                rolling_back = Some(roll_back(server, prepared));
            }
            Some(Blocker::Foreign(told)) => *foreign = Some(told),
            Some(Blocker::Theirs(_)) | None => {}
        }
    };
    if let Some(rolling_back) = rolling_back
        && let Ok(Err(error)) = rolling_back.await
    {
        *foreign = Some(error.to_string());
    }
    Ok(done)
}

async fn attempt(
    connection: &mut PgConnection,
    bounded: bool,
    step: &Step<'_>,
    patience: Duration,
) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin_with(WRITING).await?;
    sqlx::query("SELECT set_config('lock_timeout', $1, true)")
        .bind(patience.as_millis().to_string())
        .execute(&mut *tx)
        .await?;
    step.try_on(&mut tx, bounded).await?;
    tx.commit().await
}
