//! Where `now` comes from: the machine's clock, or a test that shifts it.
//!
//! Invariant: time never runs backwards for a running bot. When the machine's clock is set back, the bot continues with its
//! own clock until the machine has caught up, so live access ends after the time it was granted for. When it is set forward,
//! the bot follows, and access ends early rather than late.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::access::time::Timestamp;
use crate::failpoint;

/// The time of day, and waiting for it. Nothing else in the project reads the machine's clock.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// How far the machine's clock is behind [`Clock::now`] because it was set back; normally zero.
    fn set_back(&self) -> Duration;

    /// Returns once [`Clock::now`] has reached `until`; may return early, so callers look again.
    async fn sleep_until(&self, until: Timestamp);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Longest single wait: a clock that was set back, or a machine that slept, is noticed within this time.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// The same when tests shift the clock of a running process.
const SHIFTED_NAP: Duration = Duration::from_millis(20);

/// The time of this process.
static OWN: Mutex<OwnTime> = Mutex::new(OwnTime::NEVER);

/// The reference point for steps of the machine's clock.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(told().0.micros() + failpoint::clock_ahead_us())
    }

    fn set_back(&self) -> Duration {
        told().1
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

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the machine's clock"
)]
fn told() -> (Timestamp, Duration) {
    let steady = BEGAN.elapsed();
    let machine = Timestamp::from_micros(chrono::Utc::now().timestamp_micros());
    let mut own = OWN.lock();
    own.tell(machine, steady)
}

/// The time of day by two clocks: the machine's, which people and NTP can set, and a steady one, which only moves forward.
#[derive(Debug)]
pub struct OwnTime {
    /// The time at which both last agreed.
    agreed: Timestamp,
    /// The steady clock's reading at that time.
    steady: Duration,
}

/// The machine's clock may be set back by this much at once, as NTP does.
const TOLERANCE: Duration = Duration::from_secs(2);

impl OwnTime {
    /// Nothing is known yet: the machine's first reading is taken as it is.
    pub const NEVER: Self = Self {
        agreed: Timestamp::from_micros(i64::MIN / 2),
        steady: Duration::ZERO,
    };

    /// The time, and how far the machine is behind it.
    pub fn tell(&mut self, machine: Timestamp, steady: Duration) -> (Timestamp, Duration) {
        let own = self.agreed.plus(steady.saturating_sub(self.steady));
        let behind = own.since(machine);
        if behind > TOLERANCE {
            return (own, behind);
        }
        self.agreed = machine;
        self.steady = steady;
        (machine, Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_clock_that_is_set_back_is_waited_for_and_one_that_is_set_forward_is_followed() {
        let mut own = OwnTime::NEVER;
        let secs = Duration::from_secs;
        assert_eq!(own.tell(at(10_000), secs(1)), (at(10_000), secs(0)));
        assert_eq!(own.tell(at(6_410), secs(11)), (at(10_010), secs(3_600)));
        assert_eq!(own.tell(at(6_420), secs(21)), (at(10_020), secs(3_600)));
        assert_eq!(own.tell(at(10_025), secs(26)), (at(10_025), secs(0)));
        assert_eq!(own.tell(at(20_000), secs(27)), (at(20_000), secs(0)));
        assert_eq!(
            own.tell(at(19_999), secs(28)),
            (at(19_999), secs(0)),
            "as NTP does"
        );
    }

    proptest! {
        #[test]
        fn whatever_the_machine_says_time_goes_on_at_least_as_fast_as_the_steady_clock(
            steps in prop::collection::vec((0_u64..100, -5_000_i64..5_000), 1..50)
        ) {
            let mut own = OwnTime::NEVER;
            let (mut steady, mut machine) = (0, 1_000_000);
            let (mut before, _) = own.tell(at(machine), Duration::ZERO);
            for (passed, jump) in steps {
                steady += passed;
                machine += i64::try_from(passed).unwrap() + jump;
                let (now, behind) = own.tell(at(machine), Duration::from_secs(steady));
                prop_assert!(now.plus(TOLERANCE) >= before.plus(Duration::from_secs(passed)));
                prop_assert_eq!(now, at(machine).plus(behind));
                before = now;
            }
        }
    }
}
