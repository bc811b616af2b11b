//! When each worker last looked for work, so a stuck one is noticed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::store::Lane;

/// When each worker last looked at its lane.
#[derive(Debug)]
pub struct Beats(Mutex<BTreeMap<Lane, Instant>>);

impl Default for Beats {
    /// As if all of them had just looked.
    fn default() -> Self {
        Self(Mutex::new(Lane::ALL.map(|lane| (lane, Instant::now())).into()))
    }
}

impl Beats {
    pub fn mark(&self, lane: Lane) {
        self.last().insert(lane, Instant::now());
    }

    /// How long ago each worker last looked.
    pub fn silent_for(&self) -> Vec<(Lane, Duration)> {
        let last = self.last();
        last.iter().map(|(lane, at)| (*lane, at.elapsed())).collect()
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<Lane, Instant>> {
        self.0.lock()
    }
}
