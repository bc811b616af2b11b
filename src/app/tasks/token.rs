//! The bot token.

use std::sync::Arc;

use super::LOOK_EVERY;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;

/// Raises an alarm for as long as Slack does not accept the bot token.
pub(in crate::app) async fn watch_token(bot: Arc<Bot>) {
    const ALARM: Matter = Matter::BotToken;
    let mut refused = bot.web.refused();
    loop {
        let why = refused.borrow_and_update().clone();
        if let Some(code) = why {
            let sentence = format!(
                "Slack does not accept my bot token ({code}), so I cannot answer anybody. Live access still ends on time. Put a new token in place and send me SIGHUP."
            );
            bot.raise(ALARM, &sentence).await;
            // It is raised again later, or not at all if the token works by then.
            let _ = tokio::time::timeout(LOOK_EVERY, refused.changed()).await;
        } else {
            bot.calm(&ALARM).await;
            if refused.changed().await.is_err() {
                return;
            }
        }
    }
}
