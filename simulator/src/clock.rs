//! The simulator's own clock: the machine's time plus what a test has added with `advance`.
//!
//! Invariant: it never goes back, and a task sleeping on it wakes when it is advanced past the end of the sleep.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// Microseconds since the Unix epoch.
pub(crate) type Micros = u64;

/// `duration` in microseconds; durations here are minutes, not centuries.
pub(crate) fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).expect("the simulator's durations fit into 64 bits")
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
            .expect("the machine's clock is after 1970");
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

    /// Returns once the clock shows `end`, on its own or through `advance`.
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
