//! Every sample of a run, and their statistics.

use std::time::Duration;

/// How long each operation took. None is left out.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap()
    }

    /// The smallest sample that at least `percent` of 100 do not exceed, in milliseconds.
    pub(crate) fn percentile(&mut self, percent: usize) -> f64 {
        assert!(!self.0.is_empty(), "nothing was measured");
        self.0.sort_unstable();
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1].as_secs_f64() * 1e3
    }
}
