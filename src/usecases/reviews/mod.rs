//! Access reviews: live access is listed as it is now, people decide about each line, and the outcome is evidence.
//!
//! Invariant: nobody decides about access that is by or for themselves. A line is decided once, by somebody who may do so at that
//! moment. Access ends through the one use case that revokes it. What ended never changes again, and the trail has its digest.

mod decide;
mod draft;
mod due;
mod outcome;
mod start;
mod telling;

pub use decide::{Decided, May, decide, may_decide};
pub use draft::{Draft, Drafted, ReviewError, lines_now};
pub use due::end_due;
pub use outcome::{Counts, Outcome, outcome};
pub use start::start;
pub use telling::{Round, Told, Waiting, told, waiting_for};

use crate::access::ids::PersonId;
use crate::store::{Review, ReviewLine};

/// How many lines a review has at most.
pub const MOST_LINES: u64 = 2_000;

/// Whether none of the reviewers may decide about this line, because it is about each of them: then admins do.
fn is_about_all_reviewers(review: &Review, line: &ReviewLine) -> bool {
    review.reviewer_ids.iter().all(|person| line.is_of(person))
}

/// Whether this reviewer may decide about the line.
fn is_for(review: &Review, line: &ReviewLine, person: &PersonId) -> bool {
    review.reviewer_ids.contains(person) && !line.is_of(person)
}

/// The number of a line, for the trail.
const fn line_number(line: &ReviewLine) -> u64 {
    line.position.unsigned_abs()
}
