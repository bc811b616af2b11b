//! The machine's clock, shifted by the test; or a clock that stands still until the test moves it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use apono::access::time::Timestamp;
use apono::clock::{Clock, OwnTime, SystemClock};
use async_trait::async_trait;
use tokio::sync::Notify;

pub(crate) struct TestClock {
    /// What a clock that stands still showed at first.
    stopped_at: Option<Timestamp>,
    /// By how much the machine's clock, and the time that has passed, are ahead of what they would be.
    machine_ahead_us: AtomicI64,
    passed_ahead_us: AtomicI64,
    own: Mutex<OwnTime>,
    began: Instant,
    moved: Notify,
}

impl Default for TestClock {
    fn default() -> Self {
        Self {
            stopped_at: None,
            machine_ahead_us: AtomicI64::default(),
            passed_ahead_us: AtomicI64::default(),
            own: Mutex::new(OwnTime::NEVER),
            began: Instant::now(),
            moved: Notify::default(),
        }
    }
}

impl TestClock {
    /// A clock that shows this time, and another only after [`TestClock::advance`].
    pub(crate) fn stopped(at: Timestamp) -> Self {
        Self {
            stopped_at: Some(at),
            ..Self::default()
        }
    }

    /// Lets `span` pass at once.
    pub(crate) fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap();
        self.passed_ahead_us.fetch_add(micros, Ordering::SeqCst);
        self.set(micros);
    }

    /// Sets the machine's clock forward, or back, while no time passes.
    pub(crate) fn set(&self, micros: i64) {
        self.machine_ahead_us.fetch_add(micros, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    fn told(&self) -> (Timestamp, Duration) {
        if let Some(at) = self.stopped_at {
            let ahead = self.machine_ahead_us.load(Ordering::SeqCst);
            return (Timestamp::from_micros(at.micros() + ahead), Duration::ZERO);
        }
        let mut own = self.own.lock().unwrap();
        let passed = u64::try_from(self.passed_ahead_us.load(Ordering::SeqCst)).unwrap();
        let machine = SystemClock.now().micros() + self.machine_ahead_us.load(Ordering::SeqCst);
        own.tell(
            Timestamp::from_micros(machine),
            self.began.elapsed() + Duration::from_micros(passed),
        )
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.told().0
    }

    fn set_back(&self) -> Duration {
        self.told().1
    }

    async fn sleep_until(&self, until: Timestamp) {
        let moved = self.moved.notified();
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(until.since(self.now())) => {}
        }
    }
}
