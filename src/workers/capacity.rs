//! How much each lane works on at once.

pub use crate::store::Capacity;
use crate::store::Lane;

/// How much each lane works on at once.
#[derive(Clone, Copy, Debug)]
pub struct Capacities {
    pub provision: Capacity,
    pub revoke: Capacity,
    pub clean_up: Capacity,
    pub timer: Capacity,
    pub deliver: Capacity,
    pub report: Capacity,
}

impl Capacities {
    pub const fn of(self, lane: Lane) -> Capacity {
        match lane {
            Lane::Provision => self.provision,
            Lane::Revoke => self.revoke,
            Lane::CleanUp => self.clean_up,
            Lane::Timer => self.timer,
            Lane::Deliver => self.deliver,
            Lane::Report => self.report,
        }
    }
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
            // Files are made in memory.
            report: capacity(2, 2),
        }
    }
}
