//! The bot token.

use std::sync::Arc;

use super::SAY_EVERY;
use crate::slack::handlers::Bot;

/// Says as long as it is so that Slack does not take the bot token any more.
pub(in crate::app) async fn watch_token(bot: Arc<Bot>) {
    const ALARM: &str = "bot token";
    let mut refused = bot.web.refused();
    loop {
        let why = refused.borrow_and_update().clone();
        if let Some(code) = why {
            let sentence = format!(
                "Slack does not take my bot token any more ({code}), so nobody is answered. Live access still ends on time. Put a new token in its place and send me SIGHUP."
            );
            bot.raise(ALARM, &sentence).await;
            // It is said again, or not at all if it is well by then.
            let _ = tokio::time::timeout(SAY_EVERY, refused.changed()).await;
        } else {
            bot.alarms.clear(ALARM);
            if refused.changed().await.is_err() {
                return;
            }
        }
    }
}
