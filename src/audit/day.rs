//! The daily line: what happened since the previous line, what is live, and whether the trail fits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::ids::RequestNumber;
use crate::access::time::Timestamp;

use super::facts::PersonFacts;
use super::read::Page;
use super::verify::Misfit;

/// The counts cover the events from `first_seq` to `last_seq`, which anybody can recount in the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// When the previous line was due, or the install was created.
    pub from: Timestamp,
    /// When this line was due; it is written later if apono was not running.
    pub until: Timestamp,
    pub first_seq: u64,
    pub last_seq: u64,
    /// The chain's hash at `last_seq`.
    pub head: String,
    pub requested: u64,
    pub granted: u64,
    pub rejected: u64,
    pub lapsed: u64,
    /// Turned down without an answer: the config lost what was requested, nobody could answer any more, the requester was blocked
    /// or left. Lines of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub closed: u64,
    pub expired: u64,
    pub revoked: u64,
    pub failed: u64,
    pub refused: u64,
    /// Those who read most about others. Lines of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<ReaderOfDay>,
    /// How many more people read about others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_readers: u64,
    pub now: Now,
    pub trail: TrailState,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it like that")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Somebody who read about others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReaderOfDay {
    pub person: PersonFacts,
    /// How many events of each page: a list counts once an hour, and so does each request, person or resource.
    pub pages: BTreeMap<Page, u64>,
}

/// The state at the moment of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Now {
    /// Confirmed access that has not ended.
    pub live: u64,
    /// Live access that should have ended more than a minute ago.
    pub overdue: u64,
    pub longest_live: Option<Since>,
    pub oldest_pending: Option<Since>,
}

/// A request, and since when it has been in its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    pub request: RequestNumber,
    pub since: Timestamp,
}

/// What the verifier found. Long trails are verified from where the previous day's check stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TrailState {
    /// Every event from the first of these to the second fits; the rest is verified the next day.
    Fits {
        first_seq: u64,
        last_seq: u64,
    },
    DoesNotFit(Misfit),
}
