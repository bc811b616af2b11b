//! The daily line.

use std::sync::Arc;
use std::time::Duration;

use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::usecases::day;
use crate::workers::troubles::{calmed, failed};

/// How often to check whether a day is over, whatever the clock promised.
const SUM_UP_AGAIN: Duration = Duration::from_mins(1);

/// Writes the daily line, and raises an alarm at once if the trail does not fit.
pub(in crate::app) async fn sum_up_days(bot: Arc<Bot>) {
    const ALARM: Matter = Matter::Trail;
    const TASK: Matter = Matter::Task("the daily summary");
    let core = &bot.core;
    loop {
        match day::report(core).await {
            Ok(None) => drop(calmed(core, &TASK)),
            Ok(Some(misfit)) => {
                let sentence =
                    format!("The audit trail is damaged: {misfit}. Compare it with the audit channel.");
                bot.raise(ALARM, &sentence).await;
            }
            Err(error) => failed(core, TASK, "the daily summary could not be written", error),
        }
        let next = day::next_due(core.now(), core.rules().day_at);
        tokio::select! {
            () = core.clock.sleep_until(next) => {}
            // After an error, or when a reload changed the time of day.
            () = tokio::time::sleep(SUM_UP_AGAIN) => {}
        }
    }
}
