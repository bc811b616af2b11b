//! The workspace itself and the one app installed in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The deprecated verification token that Slack still includes in every payload.
pub(crate) const VERIFICATION_TOKEN: &str = "simulated-verification-token";

/// The workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub id: String,
    pub name: String,
    /// `example` in `https://example.slack.com/`.
    pub domain: String,
    /// The Enterprise Grid organisation the workspace belongs to.
    #[serde(default)]
    pub enterprise_id: Option<String>,
}

/// The installed app: who it is, what it may do, and what it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub id: String,
    pub name: String,
    pub bot_id: String,
    pub bot_user: String,
    pub app_token: String,
    pub bot_token: String,
    /// Scopes granted to the bot token.
    pub scopes: BTreeSet<String>,
    /// Bot events of the manifest, such as `message.im`; the app gets no others.
    pub events: BTreeSet<String>,
}

impl App {
    /// An app called `name` with the scopes and events that a bot with commands, modals, messages and a home tab needs.
    pub fn named(name: &str) -> Self {
        let upper = name.to_uppercase();
        Self {
            id: format!("A0{upper}"),
            name: name.to_owned(),
            bot_id: format!("B0{upper}"),
            bot_user: format!("U0{upper}"),
            app_token: format!("xapp-1-A0{upper}-simulated"),
            bot_token: format!("xoxb-simulated-{name}"),
            scopes: owned(&[
                "commands",
                "chat:write",
                "files:write",
                "users:read",
                "users:read.email",
                "usergroups:read",
                "im:write",
                "im:read",
                "im:history",
                "channels:read",
                "channels:history",
                "groups:read",
                "groups:history",
                "app_mentions:read",
            ]),
            events: owned(&[
                "app_home_opened",
                "app_mention",
                "message.im",
                "user_change",
                "member_joined_channel",
                "member_left_channel",
                "channel_archive",
                "channel_unarchive",
                "channel_shared",
                "channel_unshared",
                "tokens_revoked",
                "app_uninstalled",
            ]),
        }
    }
}

fn owned(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
