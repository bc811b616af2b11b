//! Clears the inbox of what other processes left there.

use std::sync::Arc;
use std::time::Duration;

use crate::lasting::Matter;
use crate::slack::carry_out;
use crate::slack::handlers::Bot;
use crate::workers::troubles::{calmed, failed};

const TASK: Matter = Matter::Task("the check of the inbox");

const ADOPT_EVERY: Duration = Duration::from_secs(2);

/// The same if the inbox is empty and no other process can put anything there.
const ADOPT_EVERY_ALONE: Duration = Duration::from_mins(1);

pub(super) async fn keep_inbox(bot: &Arc<Bot>) {
    loop {
        match carry_out::adopt(bot).await {
            Ok(_) => drop(calmed(&bot.core, &TASK)),
            Err(error) => failed(&bot.core, TASK, "the inbox could not be checked", error),
        }
        let store = &bot.core.store;
        if store.is_alone() && store.inbox_open().await == Ok(0) {
            // A task that leaves an act there wakes this one.
            let left = bot.core.wakes.inbox().notified();
            let _ = tokio::time::timeout(ADOPT_EVERY_ALONE, left).await;
        } else {
            tokio::time::sleep(ADOPT_EVERY).await;
        }
    }
}
