//! What this process's poster knows while it is the one that posts: for how long, how far the channel is, and which
//! post may have been tried.
//!
//! Invariant: all of it is forgotten as soon as another process may have posted.

use std::time::Duration;

use crate::access::time::Timestamp;
use crate::store::{BegunPost, Fence, NextPost, StoreError};
use crate::usecases::Core;

use super::PAGE;

const LEASE: &str = "audit_channel";
const LEASE_FOR: Duration = Duration::from_secs(45);

/// The lease is renewed after this: the rest is enough for a call that waits for its turn and gets no answer.
const RENEWED_AFTER: Duration = Duration::from_millis(22_500);

/// See above. The default is for a process that does not post.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// `None` if there can be no other process: then there is no lease to hold.
    lease: Option<Lease>,
    place: Option<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    fence: Fence,
    /// By the bot's clock, which runs at least as fast as time passes, even if the machine slept; read before the database was
    /// asked.
    taken_at: Timestamp,
}

#[derive(Debug)]
struct Place {
    /// The last event that was posted or passed over.
    cursor: u64,
    /// Posts of events up to this one may have been tried.
    tried: u64,
    /// `None` until there was something to post.
    channel: Option<String>,
    is_idle: bool,
}

impl Desk {
    /// The last event known to be posted.
    pub(super) async fn cursor(&mut self, core: &Core) -> Result<u64, StoreError> {
        if !self.is_held(core) {
            *self = Self::default();
        }
        match &mut self.place {
            Some(place) => {
                place.is_idle = false;
                Ok(place.cursor)
            }
            None => core.store.audit_cursor().await,
        }
    }

    /// Whether this process is the one that posts, with time for a post; renews the lease once half of it has passed.
    pub(super) async fn hold(&mut self, core: &Core) -> Result<bool, StoreError> {
        if self.has_time(core) {
            return Ok(true);
        }
        let taken_at = core.now();
        let taken = core.store.lease(LEASE, &core.owner, LEASE_FOR).await?;
        if self.lease.map(|lease| lease.fence) != taken {
            *self = Self::default();
        }
        self.lease = taken.map(|fence| Lease { fence, taken_at });
        Ok(taken.is_some())
    }

    /// Whether this process is the one that posts, and has been all along.
    pub(super) async fn goes_on(&mut self, core: &Core) -> Result<bool, StoreError> {
        Ok(self.hold(core).await? && self.place.is_some())
    }

    /// Records how far the channel is. False if that had to be read just now, so waiting events have to be read again.
    pub(super) async fn sit_down(&mut self, core: &Core, channel: &str) -> Result<bool, StoreError> {
        if let Some(place) = &mut self.place {
            place.channel = Some(channel.to_owned());
            return Ok(true);
        }
        let cursor = core.store.audit_cursor().await?;
        let waiting = core.store.waiting_posts(cursor, PAGE).await?;
        self.place = Some(Place {
            cursor,
            // The process that began it may have tried it.
            tried: waiting.map_or(cursor, |waiting| waiting.last_begun()),
            channel: Some(channel.to_owned()),
            is_idle: false,
        });
        Ok(false)
    }

    /// Everything up to the trail's `head` is posted.
    pub(super) fn has_nothing_to_do(&mut self, core: &Core, cursor: u64, head: u64) {
        if cursor != head {
            // The trail became shorter.
            *self = Self::default();
        } else if let Some(place) = &mut self.place {
            place.is_idle = true;
        } else if core.store.is_alone() {
            self.place = Some(Place {
                cursor,
                tried: cursor,
                channel: None,
                is_idle: true,
            });
        }
    }

    /// Whether it is certain that nobody tried the post.
    pub(super) fn was_not_tried(&self, begun: &BegunPost) -> bool {
        self.place.as_ref().is_some_and(|place| begun.first > place.tried)
    }

    pub(super) fn tries(&mut self, begun: &BegunPost) {
        if let Some(place) = &mut self.place {
            place.tried = begun.last;
        }
    }

    /// Everything up to `seq` is posted, or gets no post.
    pub(super) fn passes(&mut self, seq: u64) {
        if let Some(place) = &mut self.place {
            place.cursor = seq;
        }
    }

    /// Whether another post can be begun without asking the database.
    pub(super) fn has_time(&self, core: &Core) -> bool {
        core.store.is_alone() || self.lease.is_some_and(|lease| core.now() < lease.spare_until())
    }

    /// The post that the next event's own commit may begin.
    pub(super) fn next_post(&self, core: &Core) -> Option<NextPost> {
        let place = self.place.as_ref().filter(|place| place.is_idle)?;
        let until = match self.lease {
            Some(lease) => Some(lease.spare_until()),
            None if core.store.is_alone() => None,
            None => return None,
        };
        Some(NextPost {
            seq: place.cursor + 1,
            channel: place.channel.clone()?,
            until,
        })
    }

    fn is_held(&self, core: &Core) -> bool {
        core.store.is_alone()
            || self
                .lease
                .is_some_and(|lease| core.now() < lease.taken_at.plus(LEASE_FOR))
    }
}

impl Lease {
    fn spare_until(self) -> Timestamp {
        self.taken_at.plus(RENEWED_AFTER)
    }
}
