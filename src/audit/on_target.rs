//! What a check of a target found, and what was done about it.

use serde::{Deserialize, Serialize};

use crate::access::ids::RequestNumber;
use crate::access::reconcile::{Difference, Drift, Tie};
use crate::access::target::TargetFailure;
use crate::access::time::Timestamp;

use super::event::PersonFacts;

/// Something that was found on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnTarget {
    /// Somebody changed live access there.
    Drift {
        principal: String,
        /// Never empty.
        found: Vec<Difference>,
        /// How many more there are.
        more: u64,
        /// What is done about it.
        then: Drift,
    },
    /// The target again has exactly what was granted.
    SetRight { principal: String, until: Timestamp },
    /// Somebody joined live access without a grant, or it joined something that nobody granted. These memberships are removed
    /// at once.
    Ungranted {
        principal: String,
        /// Never empty.
        found: Vec<Tie>,
        /// How many more there are.
        more: u64,
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
        /// The admin who ordered it.
        by: PersonFacts,
    },
    /// They could not be ended, and it is no longer tried.
    SessionsKept {
        account: String,
        by: PersonFacts,
        why: SessionsKept,
    },
    /// It is marked as ours but no request is known for it; it ends when its mark says.
    Adopted {
        integration: String,
        principal: String,
        /// According to the target.
        number: RequestNumber,
        until: Timestamp,
        gives: Vec<Tie>,
    },
    /// Access without a live request is gone, as read back.
    #[serde(rename = "stray_ended")]
    Ended {
        integration: String,
        principal: String,
        number: RequestNumber,
        /// It belongs to a request of ours that has ended; otherwise no request is known for it, and its time is up.
        is_known: bool,
        sessions_ended: u32,
        proof: String,
    },
    /// Leftovers of that are gone too.
    #[serde(rename = "stray_cleaned")]
    Cleaned {
        integration: String,
        principal: String,
        summary: String,
    },
    /// What ended access left behind could not be removed for a long time; it is still being retried.
    LeftOver {
        integration: String,
        principal: String,
        /// Since when it has been due for removal.
        since: Timestamp,
        tries: u32,
        /// The outcome of the last try.
        target: TargetFailure,
    },
}

/// Why sessions keep running although an admin ordered their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionsKept {
    /// It was not carried out in time, and by now it would hit sessions other than those the admin meant.
    TooLate,
    Target(TargetFailure),
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
