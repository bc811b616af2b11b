//! Keeps the inbox empty of what others left there.

use std::sync::Arc;
use std::time::Duration;

use crate::slack::carry_out;
use crate::slack::handlers::Bot;

const ADOPT_EVERY: Duration = Duration::from_secs(2);

/// The same where nothing is kept in the inbox and no other process can put anything there.
const ADOPT_EVERY_ALONE: Duration = Duration::from_mins(1);

pub(super) async fn keep_inbox(bot: &Arc<Bot>) {
    loop {
        if let Err(error) = carry_out::adopt(bot).await {
            tracing::error!(%error, "the inbox could not be looked through");
        }
        let store = &bot.core.store;
        if store.is_alone() && store.inbox_open().await == Ok(0) {
            // Whoever leaves an act there says so.
            let left = bot.core.wakes.inbox().notified();
            let _ = tokio::time::timeout(ADOPT_EVERY_ALONE, left).await;
        } else {
            tokio::time::sleep(ADOPT_EVERY).await;
        }
    }
}
