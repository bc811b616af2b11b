//! `[requests]`: how short access may be, and how long a request may wait at each step.

use std::time::Duration;

use super::keys;
use crate::document::Section;

const MIN_DURATION: Duration = Duration::from_mins(1);
const PROVISION_FOR: Duration = Duration::from_mins(15);
const PENDING_FOR: Duration = Duration::from_hours(24);

/// What holds for every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestsConfig {
    /// The shortest access that can be requested.
    pub min_duration: Duration,
    /// How long the bot tries the target after the approval before it undoes everything and the request fails.
    pub provision_for: Duration,
    /// How long a request waits for its approvers before it lapses.
    pub pending_for: Duration,
}

/// The defaults, for when the section is missing or wrong.
impl Default for RequestsConfig {
    fn default() -> Self {
        Self {
            min_duration: MIN_DURATION,
            provision_for: PROVISION_FOR,
            pending_for: PENDING_FOR,
        }
    }
}

pub(super) fn read(root: &Section<'_>) -> RequestsConfig {
    let Some(section) = root.section("requests", "[requests]", keys::REQUESTS) else {
        return RequestsConfig::default();
    };
    RequestsConfig {
        min_duration: section.or("min_duration", MIN_DURATION, |v| section.doc.duration(v)),
        provision_for: section.or("provision_for", PROVISION_FOR, |v| section.doc.duration(v)),
        pending_for: section.or("pending_for", PENDING_FOR, |v| section.doc.duration(v)),
    }
}
