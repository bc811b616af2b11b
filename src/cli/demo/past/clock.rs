//! The clock of the past: it shows what it was last set to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::access::time::{Timestamp, micros_of};
use crate::clock::Clock;

pub(super) struct PastClock(AtomicI64);

impl PastClock {
    pub(super) fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves on to `now`; never back.
    pub(super) fn reach(&self, now: Timestamp) {
        self.0.fetch_max(now.micros(), Ordering::Relaxed);
    }

    pub(super) fn pass(&self, span: Duration) {
        self.0.fetch_add(micros_of(span), Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn set_back(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, until: Timestamp) {
        self.reach(until);
    }
}
