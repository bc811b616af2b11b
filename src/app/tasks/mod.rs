//! The background tasks, one file each. Those that need Slack start once it answers.

mod anomalies;
mod audit_channel;
mod clock;
mod database;
mod day;
mod directory;
mod discover;
mod gone;
mod heartbeat;
mod housekeeping;
mod inbox;
mod leavers;
mod nudge;
mod other_sockets;
mod overdue;
mod reconcile;
mod silent;
mod sinks;
mod slack;
mod sockets;
mod targets;
mod token;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

pub(super) use anomalies::look_for_anomalies;
pub(super) use audit_channel::post_trail;
pub(super) use clock::watch_clock;
pub(super) use database::{takes_writes, watch_database};
pub(super) use day::sum_up_days;
pub(super) use discover::discover;
pub(super) use gone::close_what_is_gone;
pub(super) use heartbeat::beat;
pub(super) use housekeeping::tidy;
pub(super) use overdue::watch_overdue;
pub(super) use reconcile::reconcile;
pub(super) use silent::at_stop;
pub(super) use sinks::feed_sinks;
pub(super) use slack::connect;
pub(super) use token::watch_token;

use crate::access::time::Timestamp;
use crate::config::Config;
use crate::usecases::Core;

/// A process that has not reported itself alive for this long is dead; it reports each time it checks that the database accepts
/// writes.
const REPLICA_LIVES: Duration = Duration::from_mins(3);

/// How often it is checked whether an operator has fixed a problem that nobody else can fix.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Waits until `then` by the bot's clock, which may wake early.
async fn until(core: &Core, then: Timestamp) {
    while core.now() < then {
        core.clock.sleep_until(then).await;
    }
}

/// Waits for the next config, forever if none can come any more.
async fn reloaded(config: &mut Receiver<Arc<Config>>) {
    if config.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits for the next config, at most `pause`.
async fn until_reload(config: &mut Receiver<Arc<Config>>, pause: Duration) {
    let _ = tokio::time::timeout(pause, reloaded(config)).await;
}
