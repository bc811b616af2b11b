//! Who signed in to the portal, with which accounts, and whose sessions ended before their time.

use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use crate::access::time::Timestamp;

/// What became of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Portal {
    /// The actor signed in.
    SignedIn {
        /// Names the session; it opens nothing.
        session: String,
        /// `Firefox on Linux`.
        browser: String,
        address: String,
        /// When it ends at the latest.
        until: Timestamp,
        /// The OpenID Connect issuer that said who it is; `None` if they signed in by a link from Slack.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
    /// An account of an OpenID Connect issuer is this person's from now on. `person` has that account if they have none in Slack.
    IdentityBound {
        person: PersonFacts,
        issuer: String,
        subject: String,
        /// The address that the issuer verified, and by which the person was found.
        email: String,
        /// The subject of the account that was theirs before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<String>,
    },
    /// Sessions ended before their time.
    SignedOut {
        person: PersonFacts,
        sessions: u64,
        why: WhyOut,
    },
}

/// Why sessions ended before their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyOut {
    /// The person ended them.
    ByThemselves,
    /// An admin blocked the person.
    Blocked,
    /// The person is no longer one of ours.
    Left,
    /// They signed in once more than sessions may be open.
    TooMany,
    /// Another account of an issuer became theirs instead of the one before.
    Replaced,
    /// They had no account in Slack, and their account of an issuer was linked to one.
    NowAPerson,
    /// They had no account in Slack, and the config no longer gives their address a role.
    NoRole,
    /// They had no account in Slack, and now an account there has their address.
    HasAccount,
}

impl Portal {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "signed_in",
            Self::IdentityBound { .. } => "identity_bound",
            Self::SignedOut { .. } => "signed_out",
        }
    }
}
