//! Posts that begin with their event: while this process's poster has nothing to do, the commit of the next event begins its
//! post.
//!
//! Invariant: only the event directly after the posted cursor begins its own post, so a begun post is always the next one. The
//! poster begins the others, and it always sees an event together with its begun post, because both are in one commit. So a
//! post that was begun here while the lease went to another process does no harm either: the holder of the lease posts it, and
//! the process that lost it checks its lease before posting anything.

use parking_lot::Mutex;

use crate::access::time::Timestamp;

use super::Store;
use super::audit_posts::begun_row;
use super::entities::audit_post;

/// The post that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPost {
    /// The event's number; it is not in the trail yet.
    pub seq: u64,
    pub channel: String,
    /// Until when this process is the one that posts; `None` if there is no other process.
    pub until: Option<Timestamp>,
}

/// What the poster expects.
#[derive(Debug, Default)]
pub(super) struct Expected(Mutex<Option<NextPost>>);

impl Store {
    /// The next event begins its own post if it is this one; with `None` no event does.
    pub fn expect_post(&self, next: Option<NextPost>) {
        *self.shared.expected.0.lock() = next;
    }
}

impl Expected {
    /// The row with which the new event `seq` begins its post.
    pub(super) fn row(&self, seq: u64, at: Timestamp) -> Option<audit_post::ActiveModel> {
        let expected = self.0.lock();
        let next = expected.as_ref()?;
        let is_next = next.seq == seq && next.until.is_none_or(|until| at < until);
        is_next.then(|| begun_row(seq, &next.channel, at))
    }
}
