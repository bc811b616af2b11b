//! Looks for what is unusual about how people ask and answer.

use std::sync::Arc;
use std::time::Duration;

use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::usecases::anomalies;
use crate::workers::troubles::{calmed, failed};

/// The trail is looked at this often even if nothing here made it grow: another process may have.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The same if there is no other process.
const LOOK_EVERY_ALONE: Duration = Duration::from_mins(10);

/// After a look that failed.
const PAUSE: Duration = Duration::from_secs(30);

/// Looks at each event of the trail, and holds up nobody. Several replicas may look: only one of them moves the place on.
pub(in crate::app) async fn look_for_anomalies(bot: Arc<Bot>) {
    const TASK: Matter = Matter::Task("the look for anomalies");
    let core = &bot.core;
    let every = if core.store.is_alone() {
        LOOK_EVERY_ALONE
    } else {
        LOOK_EVERY
    };
    let mut trail = core.wakes.trail();
    let mut place = None;
    loop {
        trail.borrow_and_update();
        let again = match anomalies::look(core, &*bot.directory, &mut place).await {
            Ok(moved) => {
                drop(calmed(core, &TASK));
                if moved {
                    continue;
                }
                every
            }
            Err(error) => {
                failed(
                    core,
                    TASK,
                    "the trail could not be looked at for anomalies",
                    error,
                );
                PAUSE
            }
        };
        tokio::select! {
            _ = trail.changed() => {}
            () = core.clock.sleep_until(core.now().plus(again)) => {}
        }
    }
}
