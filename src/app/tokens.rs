//! The Slack app's tokens: read by reference, tried before they are used, and reported if missing.

use std::sync::Arc;

use crate::config::Config;
use crate::secrets::SecretError;
use crate::slack::handlers::Bot;
use crate::slack::socket::SocketHandle;
use crate::slack::web::Tokens;

use super::sockets::Sockets;

/// New tokens, tried and found to work.
pub(super) struct Exchange {
    tokens: Tokens,
    sockets: Option<SocketHandle>,
    /// Which ones, in words for the trail.
    pub(super) which: Vec<String>,
}

/// The tokens as they are now in the place that the config names.
pub(super) fn read(config: &Config) -> Result<Tokens, SecretError> {
    let bot = config.slack.bot_token.read()?;
    let app = config.slack.app_token.read()?;
    Ok(Tokens::new(&bot, &app))
}

/// Tries `tokens` if they differ from those in use: they have to work, for the same workspace and the same app.
/// Problems are returned in words.
pub(super) async fn try_out(
    bot: &Arc<Bot>,
    sockets: &Sockets,
    tokens: Tokens,
) -> Result<Option<Exchange>, Vec<String>> {
    let former = bot.web.tokens();
    let same_bot = former.as_ref().is_some_and(|former| former.same_bot(&tokens));
    let same_app = former.as_ref().is_some_and(|former| former.same_app(&tokens));
    if same_bot && same_app {
        return Ok(None);
    }
    let trial = bot.web.with_tokens(tokens.clone());
    let mut which = Vec::new();
    let mut problems = Vec::new();
    if !same_bot {
        which.push("bot token".to_owned());
        match trial.auth_test().await {
            Ok(theirs) if bot.directory.is_installation(&theirs) => {}
            Ok(_) => {
                problems.push("The new bot token belongs to another workspace or another app.".to_owned());
            }
            Err(error) => problems.push(format!("The new bot token does not work: {error}.")),
        }
    }
    let mut others = None;
    if !same_app {
        which.push("app-level token".to_owned());
        // Sockets that take clicks are opened only if everything else is right, and once it is known whose clicks they are.
        if problems.is_empty() && sockets.are_started().await {
            match sockets.try_others(bot, &trial).await {
                Ok(handle) => others = Some(handle),
                Err(why) => problems.push(format!("The new app-level token does not work: {why}.")),
            }
        } else if let Err(error) = trial.open_connection().await {
            problems.push(format!("The new app-level token does not work: {error}."));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Some(Exchange {
        tokens,
        sockets: others,
        which,
    }))
}

impl Exchange {
    /// Puts the new tokens to use. The old sockets finish what they took.
    pub(super) async fn carry_out(self, bot: &Bot, sockets: &Sockets) {
        bot.web.replace_tokens(self.tokens);
        // Anything that waited because Slack rejected the old token is tried at once.
        bot.channel_changed.notify_one();
        if let Some(others) = self.sockets {
            sockets.exchange(others).await;
        }
    }
}
