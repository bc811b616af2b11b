//! `[requests]`: how long a request may wait for what.

use std::time::Duration;

use super::keys;
use super::tree::Section;

const PROVISION_FOR: Duration = Duration::from_mins(15);
const PENDING_FOR: Duration = Duration::from_hours(24);

/// The patience of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestsConfig {
    /// How long the target is tried after the approval, before everything is undone and the request has failed.
    pub provision_for: Duration,
    /// How long a request waits for its approvers before it lapses.
    pub pending_for: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Option<RequestsConfig> {
    if !root.has("requests") {
        return Some(RequestsConfig {
            provision_for: PROVISION_FOR,
            pending_for: PENDING_FOR,
        });
    }
    let section = root.section("requests", "[requests]", keys::REQUESTS)?;
    let provision_for = section.or("provision_for", PROVISION_FOR, |v| section.doc.duration(v));
    let pending_for = section.or("pending_for", PENDING_FOR, |v| section.doc.duration(v));
    Some(RequestsConfig {
        provision_for: provision_for?,
        pending_for: pending_for?,
    })
}
