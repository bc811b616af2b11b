//! How access ended, and how it was used, as far as that is known.
//!
//! Where sessions came from and what their applications called themselves is not in the trail: grantees choose it, and it is
//! personal.

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::facts::PersonFacts;
use crate::access::time::Timestamp;
use crate::access::usage::{Tells, Usage};

/// How access ended, as read back from the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub cause: Cause,
    /// Who ended it; `None` if nobody did.
    pub by: Option<PersonFacts>,
    pub confirmed_at: Timestamp,
    /// How long it lasted, from the target's confirmation on.
    pub lasted_us: u64,
    /// From the moment it should have ended to the confirmed end.
    pub late_us: u64,
    pub sessions_ended: u32,
    pub proof: String,
    /// The kind cannot end sessions: open ones keep running.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_sessions_go_on: bool,
    /// How it was used; absent from events of earlier versions, and if nothing tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UsedFacts>,
}

/// What is known about the use of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedFacts {
    /// How often credentials were shown.
    pub shown: u32,
    /// When that was the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_shown_at: Option<Timestamp>,
    /// What looks at the target found; absent if the target does not show sessions, or there was no look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
    /// The target shows sessions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_sessions: bool,
}

/// What looks at the target found. Sessions between two looks are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampled {
    /// How many looks there were.
    pub looks: u32,
    pub first_look_at: Timestamp,
    pub last_look_at: Timestamp,
    /// The most sessions at one look.
    pub most_at_once: u32,
    /// The first and the last look with a session; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

impl From<&Usage> for UsedFacts {
    fn from(usage: &Usage) -> Self {
        Self {
            shown: usage.shown,
            last_shown_at: usage.shown_at,
            sampled: usage.looks.as_ref().map(|looks| Sampled {
                looks: looks.count,
                first_look_at: looks.from,
                last_look_at: looks.last,
                most_at_once: looks.most_at_once,
                first_seen_at: looks.seen.map(|seen| seen.first),
                last_seen_at: looks.seen.map(|seen| seen.last),
            }),
            shows_sessions: usage.tells == Tells::Sessions,
        }
    }
}
