//! How much of a lane is worked on at once, so that a target that hangs leaves room for the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many jobs run at once.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// In all.
    pub at_once: usize,
    /// About requests on one integration.
    pub of_one: usize,
}

/// How much each lane works on at once.
#[derive(Clone, Copy, Debug)]
pub struct Capacities {
    pub provision: Capacity,
    pub revoke: Capacity,
    pub clean_up: Capacity,
    pub timer: Capacity,
    pub deliver: Capacity,
}

impl Default for Capacities {
    fn default() -> Self {
        let capacity = |at_once, of_one| Capacity { at_once, of_one };
        Self {
            provision: capacity(16, 4),
            revoke: capacity(64, 8),
            clean_up: capacity(8, 2),
            timer: capacity(2, 2),
            deliver: capacity(4, 4),
        }
    }
}

/// What runs now, by integration.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<Mutex<BTreeMap<String, usize>>>);

/// What may begin now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Free {
    /// How many jobs, of whichever integrations.
    pub(super) jobs: usize,
    /// Integrations of which none may begin.
    pub(super) full: Vec<String>,
}

/// A job's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    busy: Busy,
    integration: Option<String>,
}

impl Busy {
    /// The jobs that may begin could all be about the integration that has the least room left, so they are no more than that.
    pub(super) fn free(&self, capacity: Capacity, running: usize) -> Free {
        let busy = self.lock();
        let (full, others): (Vec<_>, Vec<_>) = busy.iter().partition(|(_, jobs)| **jobs >= capacity.of_one);
        let most = others.iter().map(|(_, jobs)| **jobs).max().unwrap_or(0);
        Free {
            jobs: capacity
                .at_once
                .saturating_sub(running)
                .min(capacity.of_one - most),
            full: full.into_iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    pub(super) fn take(&self, integration: Option<&str>) -> Place {
        if let Some(name) = integration {
            *self.lock().entry(name.to_owned()).or_default() += 1;
        }
        Place {
            busy: self.clone(),
            integration: integration.map(str::to_owned),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(name) = &self.integration else {
            return;
        };
        let mut busy = self.busy.lock();
        if let Some(jobs) = busy.get_mut(name) {
            *jobs -= 1;
            if *jobs == 0 {
                busy.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: Capacity = Capacity {
        at_once: 5,
        of_one: 2,
    };

    fn full(free: &Free) -> Vec<&str> {
        free.full.iter().map(String::as_str).collect()
    }

    #[test]
    fn an_integration_that_has_its_share_leaves_the_rest_to_others() {
        let busy = Busy::default();
        let places = [busy.take(Some("a")), busy.take(Some("a"))];
        let free = busy.free(CAPACITY, 2);
        assert_eq!((free.jobs, full(&free)), (2, vec!["a"]));
        drop(places);
        assert_eq!(
            busy.free(CAPACITY, 0),
            Free {
                jobs: 2,
                full: vec![]
            }
        );
    }

    #[test]
    fn what_begins_at_once_fits_whatever_it_is_about() {
        let busy = Busy::default();
        let _places = [busy.take(Some("a")), busy.take(None)];
        assert_eq!(busy.free(CAPACITY, 2).jobs, 1);
        assert_eq!(busy.free(CAPACITY, 5).jobs, 0);
    }
}
