//! Keeps what is known about people fresh.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::slack::SLACK_AGAIN;
use super::until_reload;
use crate::config::Config;
use crate::lasting::Matter;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::slack::uncounted;
use crate::workers::troubles::{calmed, failed};

const REFRESH_EVERY: Duration = Duration::from_mins(5);

const TASK: Matter = Matter::Task("the check of people named in the config");

pub(super) async fn keep_directory(bot: &Bot, audit: &AuditChannel, mut config: Receiver<Arc<Config>>) {
    loop {
        let current = Arc::clone(&config.borrow_and_update());
        let policy = bot.core.policy();
        match uncounted::look(bot, &current).await {
            Ok(()) => drop(calmed(&bot.core, &TASK)),
            Err(error) => {
                let what = "problems with people named in the config could not be recorded; the next check will retry";
                failed(&bot.core, TASK, what, error);
            }
        }
        let pause = if bot.directory.known.is_complete(&policy) {
            // The state of the audit channel is checked here too, so a problem is reported at the start.
            audit.look(bot).await;
            REFRESH_EVERY
        } else {
            SLACK_AGAIN
        };
        // After a reload people are looked up at once.
        until_reload(&mut config, pause).await;
    }
}
