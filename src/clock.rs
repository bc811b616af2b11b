//! Where `now` comes from: the machine, or a test that shifts it.

use std::time::Duration;

use async_trait::async_trait;

use crate::access::time::Timestamp;
use crate::failpoint;

/// The time of day, and waiting for it. Nothing else in the project asks the machine for the time.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] has reached `until`; may return early, so callers look again.
    async fn sleep_until(&self, until: Timestamp);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Longest single wait: a clock that was set back or a machine that slept is noticed within this time.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// The same where tests shift the clock of a running process.
const SHIFTED_NAP: Duration = Duration::from_millis(20);

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(chrono::Utc::now().timestamp_micros() + failpoint::clock_ahead_us())
    }

    async fn sleep_until(&self, until: Timestamp) {
        let nap = if failpoint::is_clock_shifted() {
            SHIFTED_NAP
        } else {
            LONGEST_NAP
        };
        tokio::time::sleep(until.since(self.now()).min(nap)).await;
    }
}
