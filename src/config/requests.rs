//! `[requests]`: how long a request may wait at each step.

use std::time::Duration;

use super::keys;
use crate::document::Section;

const PROVISION_FOR: Duration = Duration::from_mins(15);
const PENDING_FOR: Duration = Duration::from_hours(24);

/// How long requests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestsConfig {
    /// How long the bot tries the target after the approval before it undoes everything and the request fails.
    pub provision_for: Duration,
    /// How long a request waits for its approvers before it lapses.
    pub pending_for: Duration,
}

/// The defaults, for when the section is missing or wrong.
impl Default for RequestsConfig {
    fn default() -> Self {
        Self {
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
        provision_for: section.or("provision_for", PROVISION_FOR, |v| section.doc.duration(v)),
        pending_for: section.or("pending_for", PENDING_FOR, |v| section.doc.duration(v)),
    }
}
