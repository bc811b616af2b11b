//! What a look at a target found, and what became of it.

use serde::{Deserialize, Serialize};

use crate::access::ids::RequestNumber;
use crate::access::reconcile::Drift;
use crate::access::time::Timestamp;

/// Something that was found on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnTarget {
    /// Somebody changed live access there.
    Drift {
        principal: String,
        /// Each completes "on the target ...". Never empty.
        found: Vec<String>,
        /// What is done about it.
        then: Drift,
    },
    /// The target holds exactly what was granted again.
    SetRight { principal: String, until: Timestamp },
    /// Somebody joined live access whom nobody granted it, or it joined something that nobody granted. These memberships go
    /// at once.
    Ungranted {
        principal: String,
        /// Each completes "on the target ..."; never empty.
        found: Vec<String>,
        /// Accounts that joined it: an admin can end their sessions.
        accounts: Vec<String>,
    },
    /// Those memberships are gone, as read back.
    TakenOff { principal: String },
    /// An admin ordered the end of the sessions of an account that had joined.
    SessionsOrdered { account: String },
    /// They ended, as read back from the target.
    SessionsEnded {
        account: String,
        sessions: u32,
        /// Whoever ordered it, by name.
        by: String,
    },
    /// They could not be ended, and it is not tried any more.
    SessionsKept {
        account: String,
        by: String,
        why: String,
    },
    /// It says that it is ours and no request is known for it; it ends when it says.
    Adopted {
        integration: String,
        principal: String,
        /// As the target says.
        number: RequestNumber,
        until: Timestamp,
        gives: Vec<String>,
    },
    /// What no live request stood for is gone, as read back.
    Ended {
        integration: String,
        principal: String,
        number: RequestNumber,
        why: String,
        sessions_ended: u32,
        proof: String,
    },
    /// Leftovers of that are gone too.
    Cleaned {
        integration: String,
        principal: String,
        summary: String,
    },
    /// What ended access left behind could not be removed for long; it is tried on.
    LeftOver {
        integration: String,
        principal: String,
        /// Since when it is there to be removed.
        since: Timestamp,
        tries: u32,
        /// What holds it, in our words.
        last_error: String,
    },
}

impl OnTarget {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Drift { .. } => "drift",
            Self::SetRight { .. } => "set_right",
            Self::Ungranted { .. } => "ungranted",
            Self::TakenOff { .. } => "taken_off",
            Self::SessionsOrdered { .. } => "sessions_ordered",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::SessionsKept { .. } => "sessions_kept",
            Self::LeftOver { .. } => "left_over",
            Self::Adopted { .. } => "adopted",
            Self::Ended { .. } => "stray_ended",
            Self::Cleaned { .. } => "stray_cleaned",
        }
    }
}
