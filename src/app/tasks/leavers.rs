//! Looks for people who left.

use std::collections::HashMap;
use std::time::Duration;

use super::until;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::usecases::leavers;
use crate::workers::troubles::{calmed, failed};

const TASK: Matter = Matter::Task("the check for people who left");

const LEAVERS_EVERY: Duration = Duration::from_mins(2);

pub(super) async fn keep_looking_for_leavers(bot: &Bot) {
    let mut unknown = HashMap::new();
    let mut next = bot.core.now().plus(LEAVERS_EVERY);
    loop {
        // Each check asks Slack about everybody who has or waits for access.
        until(&bot.core, next).await;
        next = bot.core.now().plus(LEAVERS_EVERY);
        match leavers::look(&bot.core, &*bot.directory, &mut unknown).await {
            Ok(()) => drop(calmed(&bot.core, &TASK)),
            Err(error) => failed(&bot.core, TASK, "people who left could not be looked for", error),
        }
    }
}
