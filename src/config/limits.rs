//! `[limits]`: how much one person may do, so nobody can crowd out the others.

use std::num::NonZeroU32;

use super::keys;
use crate::access::people::Allowance;
use crate::document::Section;

const MOST: i64 = 1_000_000;

/// The defaults, for when the section is missing or wrong.
pub(super) fn read(root: &Section<'_>) -> Allowance {
    let default = Allowance::default();
    let Some(section) = root.section("limits", "[limits]", keys::LIMITS) else {
        return default;
    };
    Allowance {
        acts_per_minute: section.or("acts_per_minute", default.acts_per_minute, |v| {
            section.doc.number(v, 1..=MOST).and_then(NonZeroU32::new)
        }),
        requests_per_hour: section.or("requests_per_hour", default.requests_per_hour, |v| {
            section.doc.number(v, 1..=MOST)
        }),
        open_requests: section.or("open_requests", default.open_requests, |v| {
            section.doc.number(v, 1..=MOST)
        }),
    }
}
