//! The daily word to people with many unanswered requests.

use std::time::Duration;

use crate::slack::handlers::Bot;
use crate::usecases::{day, nudge};

/// How often to check whether it is time, whatever the clock promised.
const AGAIN: Duration = Duration::from_mins(1);

/// Nudges people once a day, at the time of the daily summary.
pub(super) async fn nudge_daily(bot: &Bot) {
    let core = &bot.core;
    loop {
        match nudge::is_due(core).await {
            Ok(true) => bot.nudge().await,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "could not see whose answers are missing"),
        }
        let next = day::next_due(core.now(), core.rules().day_at);
        tokio::select! {
            () = core.clock.sleep_until(next) => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}
