//! The places of this process's workers: where its leased jobs run, and who runs them.
//!
//! A job that is due when it is created, in a lane with a free place here, is born in that place: its row is inserted with its
//! lease, and it begins after the commit without being claimed. Invariants: the place is taken before the row is written, and
//! freed if the job does not happen; no job is born ahead of a due job that is waiting for such a place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::access::time::Timestamp;

use super::desk::{Desk, Shared};
use super::jobs::{Job, JobKind, JobSpec, Lane};
use super::occupancy::Capacity;

/// A worker of a lane in this process.
pub struct Worker {
    pub owner: String,
    /// How long a job may be held.
    pub lease: Duration,
    pub capacity: Capacity,
    /// The business clock.
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Begins a job that this process has leased, in its place.
    pub begin: Box<dyn Fn(Job, Seat) + Send + Sync>,
}

/// The open desks, by lane.
#[derive(Debug, Default)]
pub(super) struct Seats {
    desks: Mutex<BTreeMap<Lane, Arc<Desk>>>,
    shared: Arc<Shared>,
}

/// A job's place, freed when it is dropped.
#[derive(Debug)]
pub struct Seat {
    pub(super) desk: Arc<Desk>,
    pub(super) integration: Option<String>,
    /// The job was claimed, or is to be born here.
    pub(super) is_claimed: bool,
}

/// A job whose row already has its lease.
#[derive(Debug)]
pub(super) struct Newborn {
    pub(super) job: Job,
    pub(super) seat: Seat,
}

impl Newborn {
    pub(super) fn is(&self, kind: JobKind, key: &str) -> bool {
        self.job.kind == kind && self.job.key == key
    }
}

impl Seats {
    pub(super) fn open(&self, lane: Lane, worker: Worker, bell: Arc<Notify>) -> Arc<Desk> {
        let desk = Arc::new(Desk::new(lane, worker, bell, Arc::clone(&self.shared)));
        self.desks.lock().insert(lane, Arc::clone(&desk));
        desk
    }

    pub(super) fn close(&self, desk: &Arc<Desk>) {
        desk.close();
        self.desks.lock().retain(|_, open| !Arc::ptr_eq(open, desk));
    }

    pub(super) fn desk(&self, lane: Lane) -> Option<Arc<Desk>> {
        self.desks.lock().get(&lane).map(Arc::clone)
    }

    /// A place in which the job can be born.
    pub(super) fn reserve(&self, spec: &JobSpec) -> Option<Seat> {
        self.desk(spec.kind.lane())?.reserve(spec)
    }

    /// The place that the creator of the job is about to leave for it.
    pub(super) fn inherit(&self, spec: &JobSpec) -> Option<Seat> {
        Some(self.desk(spec.kind.lane())?.take(spec.integration.clone()))
    }
}

impl Seat {
    pub(super) fn owner(&self) -> &str {
        &self.desk.worker().owner
    }

    pub(super) fn lease(&self) -> Duration {
        self.desk.worker().lease
    }

    /// Begins `job` here, unless the worker has stopped: then its lease is released when the process stops.
    pub(super) fn begin(self, job: Job) {
        let desk = Arc::clone(&self.desk);
        if desk.is_closed() {
            tracing::info!(
                job = job.id,
                "the worker has stopped; another one will take the job"
            );
            return;
        }
        (desk.worker().begin)(job, self);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.desk.leave(self.integration.as_deref(), self.is_claimed);
    }
}
