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
}

impl OnTarget {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Drift { .. } => "drift",
            Self::SetRight { .. } => "set_right",
            Self::Adopted { .. } => "adopted",
            Self::Ended { .. } => "stray_ended",
            Self::Cleaned { .. } => "stray_cleaned",
        }
    }
}
