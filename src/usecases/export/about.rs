//! What files to read and to print say above their table.

use crate::access::address;
use crate::access::time::Timestamp;
use crate::audit::exported::Rows;

use super::Wanted;

/// What the last line of a whole file says. Without it, the file broke off.
pub(super) const END: &str = "This is all of it.";

pub(super) fn title(wanted: &Wanted) -> &str {
    match (&wanted.report, wanted.rows) {
        (Some(report), _) => report,
        (None, Rows::Events) => "Events",
        (None, Rows::Requests) => "Requests",
    }
}

/// When it was made, and of what, as terms and what they are.
pub(super) fn facts(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let time = |term, at: Option<Timestamp>| Some((term, at?.to_rfc3339()));
    let filter = address::write(&wanted.filter);
    [
        time("Made", Some(wanted.at)),
        time("From", wanted.span.from),
        time("Before", wanted.span.to),
        (!filter.is_empty()).then_some(("Filter", filter)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
