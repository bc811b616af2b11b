//! Posts that are born begun: while the poster of this process has nothing to do, the commit of the next event begins its post.
//!
//! Invariant: only the one event directly after the posted cursor begins its own post, so that what is begun always is the next
//! post. Others are begun by the poster, who sees each event with its begun post or without, because both are one commit. So a
//! post that was begun here while the lease went to another process does no harm either: whoever holds it posts it, and the one
//! that lost it looks at its lease before it posts anything.

use parking_lot::Mutex;

use crate::access::time::Timestamp;

use super::Store;
use super::audit_posts::begun_row;
use super::entities::audit_post;

/// The post that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPost {
    /// Of this event, which is not in the trail yet.
    pub seq: u64,
    pub channel: String,
    /// How long this process is the one that posts; `None` where there is no other.
    pub until: Option<Timestamp>,
}

/// What the poster expects.
#[derive(Debug, Default)]
pub(super) struct Expected(Mutex<Option<NextPost>>);

impl Store {
    /// The next event begins its own post if it is this one; with `None` none does.
    pub fn expect_post(&self, next: Option<NextPost>) {
        *self.shared.expected.0.lock() = next;
    }
}

impl Expected {
    /// The row that the event `seq`, of this moment, begins its post with.
    pub(super) fn row(&self, seq: u64, at: Timestamp) -> Option<audit_post::ActiveModel> {
        let expected = self.0.lock();
        let next = expected.as_ref()?;
        let is_next = next.seq == seq && next.until.is_none_or(|until| at < until);
        is_next.then(|| begun_row(seq, &next.channel, at))
    }
}
