//! The app's two tokens, which can be replaced while everything runs.

use std::fmt;

use data_encoding::HEXLOWER;
use parking_lot::RwLock;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use slack_morphism::{SlackApiToken, SlackApiTokenValue};
use tokio::sync::watch;

use super::{Method, WebError};

/// Slack's error codes for a dead token: <https://docs.slack.dev/reference/methods/auth.test>.
const DEAD: [&str; 6] = [
    "account_inactive",
    "app_uninstalled",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
];

/// The bot's credentials for Slack. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    bot: SlackApiToken,
    app: SlackApiToken,
}

impl Tokens {
    /// `bot` is `xoxb-...`; `app` is `xapp-...`, which only opens sockets.
    pub fn new(bot: &SecretString, app: &SecretString) -> Self {
        let token =
            |secret: &SecretString| SlackApiToken::new(SlackApiTokenValue(secret.expose_secret().to_owned()));
        Self {
            bot: token(bot),
            app: token(app),
        }
    }

    /// Identifies the bot token without giving anything away about it.
    pub(crate) fn fingerprint(&self, salt: &str) -> String {
        let digest = Sha256::new()
            .chain_update(salt)
            .chain_update([0])
            .chain_update(&self.bot.token_value.0)
            .finalize();
        HEXLOWER.encode(&digest[..16])
    }

    pub(crate) fn same_bot(&self, other: &Self) -> bool {
        self.bot == other.bot
    }

    pub(crate) fn same_app(&self, other: &Self) -> bool {
        self.app == other.app
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

/// The tokens in use, and whether Slack accepts the bot's.
pub(super) struct Keys {
    tokens: RwLock<Option<Tokens>>,
    refused: watch::Sender<Option<String>>,
}

impl Keys {
    pub(super) fn new(tokens: Option<Tokens>) -> Self {
        Self {
            tokens: RwLock::new(tokens),
            refused: watch::Sender::new(None),
        }
    }

    pub(super) fn get(&self) -> Option<Tokens> {
        self.tokens.read().clone()
    }

    pub(super) fn replace(&self, tokens: Tokens) {
        *self.tokens.write() = Some(tokens);
        self.refused.send_replace(None);
    }

    /// The token that `method` is called with.
    pub(super) fn of(&self, method: Method) -> Result<SlackApiToken, WebError> {
        let tokens = self
            .get()
            .ok_or_else(|| WebError::Refused(format!("{}: the tokens could not be read", method.name())))?;
        Ok(if method == Method::AppsConnectionsOpen {
            tokens.app
        } else {
            tokens.bot
        })
    }

    /// Notes what an answer says about the bot token that the call was made with.
    pub(super) fn heard<T>(&self, method: Method, used: &SlackApiToken, answer: &Result<T, WebError>) {
        let is_current = self.get().is_some_and(|tokens| tokens.bot == *used);
        if method == Method::AppsConnectionsOpen || !is_current {
            return;
        }
        let refused = match answer {
            Ok(_) => None,
            Err(error) => match error.code().filter(|code| DEAD.contains(code)) {
                Some(code) => Some(code.to_owned()),
                // Other errors say nothing about the token.
                None => return,
            },
        };
        self.refused.send_if_modified(|known| {
            let is_news = *known != refused;
            *known = refused;
            is_news
        });
    }

    pub(super) fn refused(&self) -> watch::Receiver<Option<String>> {
        self.refused.subscribe()
    }
}
