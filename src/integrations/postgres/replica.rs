//! Ending sessions on a streaming replica.
//!
//! Invariant: a replica is believed only after it shows the lock itself, for until then it lets people in as before.

use std::time::Duration;

use super::super::IntegrationError;
use super::errors::failed;
use super::login::Login;
use super::revoke::{Sessions, Unfinished};
use super::server::Server;
use super::target::Plan;

/// How often a replica is asked for the lock, and how long between; some 1.5 s, inside a call's time-out.
const LOOKS: u32 = 75;
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until the replica has the lock, and ends the sessions there. Errors name the replica.
pub(crate) async fn end(
    replica: &Server,
    plan: &Plan,
    locked: &Login,
    sessions: &Sessions,
    unfinished: &Unfinished,
) -> Result<(), IntegrationError> {
    let named = |error: IntegrationError| {
        let (host, port) = (&replica.endpoint.host, replica.endpoint.port);
        IntegrationError::Retry(format!("the replica {host}:{port}: {error}"))
    };
    let connecting = async { replica.pool()?.acquire().await.map_err(failed("connecting")) };
    let mut connection = connecting.await.map_err(named)?;
    for _ in 0..LOOKS {
        let held = Login::find(&mut connection, plan).await.map_err(named)?;
        if held.is_some_and(|held| held.oid == locked.oid && !held.open) {
            return unfinished
                .end_once(replica, plan, sessions, &mut connection)
                .await
                .map_err(named);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(named(IntegrationError::Retry(
        "it has not caught up with the server".to_owned(),
    )))
}
