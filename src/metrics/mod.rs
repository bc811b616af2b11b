//! What is counted and timed while the bot runs, for `/metrics`. It knows no other module, so every module may count.
//!
//! Invariant: a label is a name from the code, from Slack's methods or from the config: never a person, a resource or a
//! request. So nobody is named, and what is kept does not grow with use.

mod sheet;

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

pub use sheet::{OPEN_METRICS, Sheet};

/// The bounds of what is timed, in seconds. Slack waits 3 s for an acknowledgement.
const BOUNDS: [f64; 13] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0,
];

/// Labels with their values.
type Labels<const N: usize> = [(&'static str, String); N];

fn owned<const N: usize>(labels: [(&'static str, &str); N]) -> Labels<N> {
    labels.map(|(label, value)| (label, value.to_owned()))
}

/// How often something happened since the start, by `N` labels. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Counts<const N: usize>(Family<Labels<N>, Counter>);

impl<const N: usize> Counts<N> {
    pub fn add(&self, labels: [(&'static str, &str); N]) {
        self.add_all(labels, 1);
    }

    pub fn add_all(&self, labels: [(&'static str, &str); N], count: u64) {
        self.0.get_or_create(&owned(labels)).inc_by(count);
    }
}

type Timed<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// How long something took since the start, by `N` labels. Clones count together.
#[derive(Clone, Debug)]
pub struct Times<const N: usize>(Timed<N>);

impl<const N: usize> Default for Times<N> {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BOUNDS)))
    }
}

impl<const N: usize> Times<N> {
    pub fn took(&self, labels: [(&'static str, &str); N], time: Duration) {
        self.0.get_or_create(&owned(labels)).observe(time.as_secs_f64());
    }
}

/// What the core counts.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// From an envelope's arrival to its acknowledgement, by `kind`.
    pub acks: Times<1>,
    /// Calls to targets, by `integration` and `call`.
    pub calls: Times<2>,
    /// Those that failed, by `integration` and `trouble`.
    pub failures: Counts<2>,
    /// Events that sinks took, by `sink`.
    pub to_sinks: Counts<1>,
    /// Deliveries to sinks that failed, by `sink`.
    pub sink_failures: Counts<1>,
}
