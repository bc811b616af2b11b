//! What the database is asked to do: commits and statements, by place in the code. Nothing is counted until somebody is
//! watching.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::Store;

/// The costs of one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Commits of transactions; a read outside one commits nothing.
    pub commits: u64,
    /// Round trips to the database, BEGIN and COMMIT included.
    pub statements: u64,
}

/// By place: where in the code a transaction begins, or the table of a read outside one.
pub type Costs = BTreeMap<String, Cost>;

/// Counts while somebody is watching.
#[derive(Debug, Default)]
pub(super) struct Meter {
    is_on: AtomicBool,
    counted: Mutex<Costs>,
}

impl Store {
    /// Counts from zero, from now on.
    pub fn watch_costs(&self) {
        let meter = &self.shared.meter;
        meter.lock().clear();
        meter.is_on.store(true, Ordering::Relaxed);
    }

    /// What has been counted since [`Self::watch_costs`].
    pub fn costs(&self) -> Costs {
        self.shared.meter.lock().clone()
    }
}

impl Meter {
    pub(super) fn statement(&self, place: &Location<'_>) {
        self.count(|| spoken(place), 0);
    }

    pub(super) fn commit(&self, place: &Location<'_>) {
        self.count(|| spoken(place), 1);
    }

    /// A statement outside a transaction.
    pub(super) fn read(&self, sql: &str) {
        self.count(|| format!("read of {}", table(sql)), 0);
    }

    fn count(&self, place: impl FnOnce() -> String, commits: u64) {
        if self.is_on.load(Ordering::Relaxed) {
            let mut counted = self.lock();
            let cost = counted.entry(place()).or_default();
            cost.commits += commits;
            cost.statements += 1;
        }
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Costs> {
        self.counted.lock()
    }
}

fn spoken(place: &Location<'_>) -> String {
    format!("{}:{}", place.file(), place.line())
}

/// The first table that a statement names, or its first word.
fn table(sql: &str) -> &str {
    let after = sql.split_once("FROM ").map_or(sql, |(_, after)| after);
    let name = after.split_whitespace().next().unwrap_or_default();
    name.trim_matches(|c: char| !c.is_alphanumeric())
}
