//! The machine's clock.

use std::sync::Arc;
use std::time::Duration;

use crate::access::duration::spoken;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::usecases::Core;

const CLOCK_EVERY: Duration = Duration::from_secs(30);

/// Clocks of several replicas differ, and NTP corrects them.
const CLOCK_MAY_DIFFER: Duration = Duration::from_secs(10);

/// Raises an alarm if the machine's clock was set back, or is behind the trail.
pub(in crate::app) async fn watch_clock(bot: Arc<Bot>) {
    const ALARM: Matter = Matter::Clock;
    let core = &bot.core;
    loop {
        let behind = behind_the_trail(core).await.max(core.clock.set_back());
        if behind > CLOCK_MAY_DIFFER {
            let sentence = format!(
                "The machine's clock is {} behind the time I last recorded, so somebody set it back. While I run I keep my own time. If I am restarted before the clock is right again, access that is live then ends that much later.",
                spoken(rounded(behind))
            );
            bot.raise(ALARM, &sentence).await;
        } else {
            bot.calm(&ALARM).await;
        }
        core.clock.sleep_until(core.now().plus(CLOCK_EVERY)).await;
    }
}

/// To whole seconds, or to whole minutes if it is at least one.
fn rounded(span: Duration) -> Duration {
    let seconds = span.as_secs();
    Duration::from_secs(if seconds < 60 {
        seconds
    } else {
        (seconds + 30) / 60 * 60
    })
}

/// How far the clock is behind the last event; usually zero, and zero if the trail cannot be read.
async fn behind_the_trail(core: &Core) -> Duration {
    let last = core.store.last_event_at().await;
    last.map_or(Duration::ZERO, |last| last.since(core.now()))
}
