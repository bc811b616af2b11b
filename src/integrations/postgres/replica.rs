//! Ending sessions on a streaming replica.
//!
//! Invariant: a replica counts as done only after it shows the lock itself, because until then it lets people in as before.
//! But sessions there are ended without waiting for that, because an open read on the replica can delay the lock for as long
//! as it is configured to.

use std::time::{Duration, Instant};

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::login::Login;
use super::server::Server;
use super::sessions::Sweep;
use super::target::Plan;
use super::unfinished::Unfinished;

/// How long a replica is polled for the lock, and how often; within a call's timeout.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);

/// Ends the sessions there until the replica has the lock, and once more after that. Errors name the replica.
pub(crate) async fn end(
    replica: &Server,
    plan: &Plan,
    role: i64,
    unfinished: &Unfinished,
    sweep: &mut Sweep,
) -> Result<(), IntegrationError> {
    let named = |error: IntegrationError| {
        let (host, port) = (&replica.endpoint.host, replica.endpoint.port);
        IntegrationError::retry(error.trouble(), format!("the replica {host}:{port}: {error}"))
    };
    let mut connection = replica.connection("connecting").await.map_err(named)?;
    let place = replica.endpoint.place();
    unfinished
        .look(&mut connection, plan, sweep.roles(), &place)
        .await;
    let began = Instant::now();
    loop {
        sweep.signal(&mut connection).await.map_err(named)?;
        let held = Login::find(&mut connection, plan).await.map_err(named)?;
        if held.is_some_and(|held| held.oid == role && !held.open) {
            return sweep.finish(&mut connection).await.map_err(named);
        }
        if began.elapsed() > PATIENCE {
            return Err(named(IntegrationError::retry(
                Trouble::Unfinished,
                "its sessions were told to terminate, but it has not caught up with the server",
            )));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
