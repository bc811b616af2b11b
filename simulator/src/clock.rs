//! The simulator's own clock: the machine's time plus what a test has added with `advance`.
//!
//! Invariant: it never goes back, and whoever sleeps on it wakes when it is advanced past the end of the sleep.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// Microseconds since the Unix epoch.
pub(crate) type Micros = u64;

/// `duration` in microseconds; durations here are minutes, not centuries.
pub(crate) fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).expect("durations of the simulator fit into 64 bits")
}

#[derive(Debug)]
pub(crate) struct Clock {
    epoch_at_start: Duration,
    started: Instant,
    ahead: watch::Sender<Duration>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the simulator's one source of time"
        )]
        let epoch_at_start = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("the machine's clock stands after 1970");
        Self {
            epoch_at_start,
            started: Instant::now(),
            ahead: watch::Sender::new(Duration::ZERO),
        }
    }

    pub(crate) fn now(&self) -> Micros {
        micros(self.epoch_at_start + self.started.elapsed() + *self.ahead.borrow())
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }

    /// Returns once the clock shows `end`, by itself or by `advance`.
    pub(crate) async fn sleep_until(&self, end: Micros) {
        let mut ahead = self.ahead.subscribe();
        loop {
            let left = end.saturating_sub(self.now());
            if left == 0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_micros(left)) => {}
                _ = ahead.changed() => {}
            }
        }
    }
}
