//! A database that turned out to be older than what the audit channel shows, and its acceptance.

use serde::{Deserialize, Serialize};

use crate::access::ids::RequestNumber;

use super::words::WordsRef;

/// What became known about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Restored {
    /// The channel shows an event that this trail does not have at that place: from here on access is only revoked.
    #[serde(rename = "restore_found")]
    Found {
        /// The last event that the channel shows, and its head.
        channel_seq: u64,
        channel_head: String,
        /// Where this trail ended when that was found.
        here: u64,
    },
    /// An operator accepted this database.
    #[serde(rename = "restore_accepted")]
    Accepted {
        channel_seq: u64,
        /// Numbers that the lost trail gave out are not given out again.
        next_request: RequestNumber,
        reason: WordsRef,
    },
    /// An operator accepted that the database continues in another place: with another Slack app, or on another server.
    #[serde(rename = "move_accepted")]
    Moved {
        /// What was different there.
        why: Elsewhere,
        reason: WordsRef,
    },
}

/// What is different about a database that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Elsewhere {
    /// On another PostgreSQL server.
    Server,
    /// With another Slack app.
    App { was: SlackApp, is: SlackApp },
}

/// A Slack app in its workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackApp {
    /// The member id of the app's bot.
    pub bot: String,
    pub team: String,
}

impl Restored {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Found { .. } => "restore_found",
            Self::Accepted { .. } => "restore_accepted",
            Self::Moved { .. } => "move_accepted",
        }
    }
}
