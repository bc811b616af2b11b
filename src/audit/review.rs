//! What became of access reviews. Access that a review ends has its own events, with the review as their cause.

use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use super::words::WordsRef;
use crate::access::time::Timestamp;

/// A review started or ended, or somebody decided to keep access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reviewing {
    Started {
        /// As in `RV-3`.
        review: String,
        name: String,
        /// The filter as the address of a page has it.
        filter: String,
        lines: u64,
        reviewers: Vec<PersonFacts>,
        due: Timestamp,
        /// Lines that are undecided then lose their access.
        revokes: bool,
    },
    /// A reviewer keeps the access of the request that the event is about.
    Kept {
        review: String,
        /// From 1 on.
        line: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<WordsRef>,
    },
    Ended {
        review: String,
        name: String,
        kept: u64,
        revoked: u64,
        ended_before: u64,
        not_reviewed: u64,
        /// Nobody reviewed these, so their access was revoked.
        revoked_undecided: u64,
        /// SHA-256 over the lines as they were at the start and what was decided, in lower-case hex digits.
        digest: String,
    },
}

impl Reviewing {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "review_started",
            Self::Kept { .. } => "review_kept",
            Self::Ended { .. } => "review_ended",
        }
    }
}
