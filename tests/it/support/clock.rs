//! The machine's clock, shifted by the test.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use async_trait::async_trait;
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct TestClock {
    ahead_us: AtomicI64,
    moved: Notify,
}

impl TestClock {
    /// From now on it is `span` later than it would be.
    pub(crate) fn advance(&self, span: Duration) {
        self.ahead_us
            .fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().micros() + self.ahead_us.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, until: Timestamp) {
        let moved = self.moved.notified();
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(until.since(self.now())) => {}
        }
    }
}
