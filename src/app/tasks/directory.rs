//! Keeps what is known about people fresh.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::slack::SLACK_AGAIN;
use super::until_reload;
use crate::config::Config;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::slack::uncounted;

const REFRESH_EVERY: Duration = Duration::from_mins(5);

pub(super) async fn keep_directory(bot: &Bot, audit: &AuditChannel, mut config: Receiver<Arc<Config>>) {
    loop {
        let current = Arc::clone(&config.borrow_and_update());
        let policy = bot.core.policy();
        if let Err(error) = uncounted::look(bot, &current).await {
            tracing::warn!(%error, "problems with people named in the config could not be recorded; the next check will retry");
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
