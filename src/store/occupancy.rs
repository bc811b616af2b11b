//! How much of a lane is worked on at once, so a target that hangs leaves room for the others.

use std::collections::BTreeMap;

/// How many jobs run at once.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// In total.
    pub at_once: usize,
    /// For one integration.
    pub of_one: usize,
}

/// What is running now, in total and by integration.
#[derive(Debug, Default)]
pub(super) struct Occupancy {
    running: usize,
    busy: BTreeMap<String, usize>,
}

/// What may begin now.
#[derive(Debug, PartialEq, Eq)]
pub struct Free {
    /// How many jobs, of any integration.
    pub jobs: usize,
    /// Integrations for which no job may begin.
    pub full: Vec<String>,
}

impl Occupancy {
    /// All jobs that begin could be for the integration with the least room left, so this is the limit.
    pub(super) fn free(&self, capacity: Capacity) -> Free {
        let (full, others): (Vec<_>, Vec<_>) =
            self.busy.iter().partition(|(_, jobs)| **jobs >= capacity.of_one);
        let most = others.iter().map(|(_, jobs)| **jobs).max().unwrap_or(0);
        Free {
            jobs: capacity
                .at_once
                .saturating_sub(self.running)
                .min(capacity.of_one - most),
            full: full.into_iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Whether one more job for this integration may begin.
    pub(super) fn has_room(&self, capacity: Capacity, integration: Option<&str>) -> bool {
        let of_one = integration.and_then(|name| self.busy.get(name)).copied();
        self.running < capacity.at_once && of_one.unwrap_or(0) < capacity.of_one
    }

    pub(super) fn enter(&mut self, integration: Option<&str>) {
        self.running += 1;
        if let Some(name) = integration {
            *self.busy.entry(name.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn leave(&mut self, integration: Option<&str>) {
        self.running -= 1;
        let Some(name) = integration else {
            return;
        };
        if let Some(jobs) = self.busy.get_mut(name) {
            *jobs -= 1;
            if *jobs == 0 {
                self.busy.remove(name);
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

    fn with(jobs: &[Option<&str>]) -> Occupancy {
        let mut taken = Occupancy::default();
        for integration in jobs {
            taken.enter(*integration);
        }
        taken
    }

    fn full(free: &Free) -> Vec<&str> {
        free.full.iter().map(String::as_str).collect()
    }

    #[test]
    fn an_integration_that_has_its_share_leaves_the_rest_to_others() {
        let mut taken = with(&[Some("a"), Some("a")]);
        let free = taken.free(CAPACITY);
        assert_eq!((free.jobs, full(&free)), (2, vec!["a"]));
        assert!(!taken.has_room(CAPACITY, Some("a")));
        assert!(taken.has_room(CAPACITY, Some("b")));
        taken.leave(Some("a"));
        taken.leave(Some("a"));
        let free = taken.free(CAPACITY);
        assert_eq!((free.jobs, full(&free)), (2, vec![]));
    }

    #[test]
    fn what_begins_at_once_fits_whatever_it_is_about() {
        assert_eq!(with(&[Some("a"), None]).free(CAPACITY).jobs, 1);
        let taken = with(&[Some("a"), Some("a"), Some("b"), Some("b"), None]);
        assert_eq!(taken.free(CAPACITY).jobs, 0);
        assert!(!taken.has_room(CAPACITY, Some("c")));
    }
}
