//! The desk at which a lane's worker takes its jobs: how many run at once, and when to look at the lane.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::access::time::Timestamp;

use super::due::Due;
use super::jobs::{Job, JobSpec, Lane};
use super::occupancy::{Free, Occupancy};
use super::seats::{Seat, Worker};

/// How long cleanup and delivery let a burst of revokes go first.
const STORM: Duration = Duration::from_secs(5);

/// How often they check whether it is over.
const LOOK_FOR_CALM: Duration = Duration::from_millis(50);

/// What all desks share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Since when revokes have been waiting for a place.
    storm: Mutex<Option<Instant>>,
    /// When one of the desks last looked at all lanes.
    looked_at: Mutex<Instant>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            storm: Mutex::default(),
            looked_at: Mutex::new(Instant::now()),
        }
    }
}

/// Where a lane's worker takes its jobs. Nothing begins there after it is closed.
pub struct Desk {
    lane: Lane,
    worker: Worker,
    bell: Arc<Notify>,
    shared: Arc<Shared>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    taken: Occupancy,
    due: Due,
    /// A look is in progress.
    is_looking: bool,
    /// Due jobs were waiting for a place at the last look.
    is_crowded: bool,
    unclaimed: Option<Unclaimed>,
    is_closed: bool,
}

/// The last job that began without being claimed. While it runs a look still finds it. If a look finds it unchanged after
/// that, its commit failed.
#[derive(Debug)]
struct Unclaimed {
    id: String,
    fence: i64,
    runs: bool,
}

/// What the lane's worker does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// There is no place for a job.
    WaitForPlace,
    /// Revokes go first.
    Yield(Duration),
    /// Something may be due.
    Look {
        free: Free,
        /// Something is due, and a claim will find it.
        is_certain: bool,
    },
    /// The last look was so long ago that somebody else may have added work.
    LookAtAll,
    Wait {
        /// When something is due, by the business clock.
        next: Option<Timestamp>,
        /// Until somebody else may have added work.
        at_most: Duration,
    },
}

/// What a look at a lane saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When the next thing is due for which there is a place.
    pub next: Option<Timestamp>,
    /// Something is due but has no place.
    pub is_crowded: bool,
}

impl Desk {
    pub(super) fn new(lane: Lane, worker: Worker, bell: Arc<Notify>, shared: Arc<Shared>) -> Self {
        let state = State {
            taken: Occupancy::default(),
            due: Due::Perhaps,
            is_looking: false,
            is_crowded: false,
            unclaimed: None,
            is_closed: false,
        };
        Self {
            lane,
            worker,
            bell,
            shared,
            state: Mutex::new(state),
        }
    }

    pub(super) const fn worker(&self) -> &Worker {
        &self.worker
    }

    pub(super) fn close(&self) {
        self.state().is_closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// What to do next. A caller that gets [`Plan::Look`] looks, and then calls [`Self::saw`] or [`Self::look_again`].
    pub fn plan(&self, every: Duration) -> Plan {
        let now = (self.worker.now)();
        let is_held = self.must_yield();
        let mut state = self.state();
        let free = state.taken.free(self.worker.capacity);
        if free.jobs == 0 {
            return Plan::WaitForPlace;
        }
        if is_held {
            return Plan::Yield(LOOK_FOR_CALM);
        }
        match state.due {
            Due::At(next) if next.is_none_or(|at| now < at) => {
                let mut looked_at = self.shared.looked_at.lock();
                let at_most = every.saturating_sub(looked_at.elapsed());
                if at_most.is_zero() {
                    *looked_at = Instant::now();
                    return Plan::LookAtAll;
                }
                Plan::Wait { next, at_most }
            }
            due @ (Due::Now | Due::Perhaps | Due::At(_)) => {
                // Anything reported from now on is added to what the look sees.
                state.due = Due::At(None);
                state.is_looking = true;
                // A job that is certainly due may be on an integration that has no place, and so may jobs that the look does
                // not see.
                let is_certain = due == Due::Now && free.full.is_empty();
                state.is_crowded |= !free.full.is_empty();
                Plan::Look { free, is_certain }
            }
        }
    }

    /// Integrations for which no job may begin now.
    pub fn full(&self) -> Vec<String> {
        self.state().taken.free(self.worker.capacity).full
    }

    /// A look is finished, and saw everything that is waiting.
    pub fn saw(&self, seen: Seen) {
        let mut state = self.state();
        state.is_looking = false;
        state.is_crowded = seen.is_crowded;
        state.due.learn(seen.next, (self.worker.now)());
        self.note_storm(seen.is_crowded);
    }

    /// A look failed, or may not have seen everything that is waiting.
    pub fn look_again(&self) {
        let mut state = self.state();
        state.is_looking = false;
        state.is_crowded = true;
        state.due = Due::Perhaps;
        self.note_storm(true);
    }

    /// Begins a job that was claimed.
    pub fn begin(self: &Arc<Self>, job: Job) {
        let seat = self.take(job.integration.clone());
        seat.begin(job);
    }

    /// Begins the one job that a look found, without claiming it; the next look comes after it. False if another one is in
    /// progress, or if it was begun this way before and its commit failed.
    pub fn settle(self: &Arc<Self>, job: Job) -> bool {
        let mut state = self.state();
        if let Some(last) = &state.unclaimed {
            let is_this = last.id == job.id;
            if last.runs {
                state.is_looking &= !is_this;
                return is_this;
            }
            if is_this && last.fence == job.fence {
                return false;
            }
        }
        state.unclaimed = Some(Unclaimed {
            id: job.id.clone(),
            fence: job.fence,
            runs: true,
        });
        state.is_looking = false;
        drop(state);
        let mut seat = self.take(job.integration.clone());
        seat.is_claimed = false;
        seat.begin(job);
        true
    }

    /// What one look at all lanes saw of this one.
    pub(super) fn heard(&self, next: Option<Timestamp>) {
        self.state().due.learn(next, (self.worker.now)());
        self.bell.notify_one();
    }

    /// A commit created a job that is due then.
    pub(super) fn told(&self, at: Timestamp) {
        let now = (self.worker.now)();
        let mut state = self.state();
        if at <= now {
            state.due = Due::Now;
        } else {
            state.due.learn(Some(at), now);
        }
    }

    /// A look may find something, for whatever reason.
    pub(super) fn doubt(&self) {
        self.state().due = Due::Perhaps;
    }

    pub(super) fn reserve(self: &Arc<Self>, spec: &JobSpec) -> Option<Seat> {
        let now = (self.worker.now)();
        let is_known = spec.integration.is_some() || !self.lane.calls_targets();
        if now < spec.run_at || !is_known || self.must_yield() {
            return None;
        }
        let mut state = self.state();
        let may_wait = match state.due {
            Due::Now | Due::Perhaps => true,
            Due::At(next) => state.is_looking || next.is_some_and(|at| at <= now),
        };
        if may_wait
            || !state
                .taken
                .has_room(self.worker.capacity, spec.integration.as_deref())
        {
            return None;
        }
        state.taken.enter(spec.integration.as_deref());
        drop(state);
        Some(Seat {
            desk: Arc::clone(self),
            integration: spec.integration.clone(),
            is_claimed: true,
        })
    }

    pub(super) fn take(self: &Arc<Self>, integration: Option<String>) -> Seat {
        self.state().taken.enter(integration.as_deref());
        Seat {
            desk: Arc::clone(self),
            integration,
            is_claimed: true,
        }
    }

    pub(super) fn leave(&self, integration: Option<&str>, is_claimed: bool) {
        let mut state = self.state();
        let was_full = state.taken.free(self.worker.capacity).jobs == 0;
        state.taken.leave(integration);
        if !is_claimed && let Some(last) = &mut state.unclaimed {
            last.runs = false;
        }
        let is_worth_a_look = state.is_crowded || !is_claimed;
        if is_worth_a_look {
            state.due = state.due.or_perhaps();
        }
        if was_full || is_worth_a_look {
            drop(state);
            self.bell.notify_one();
        }
    }

    /// Whether revokes go first now. They do for a while, not forever: a target that hangs may keep them waiting for days.
    fn must_yield(&self) -> bool {
        let yields = match self.lane {
            Lane::CleanUp | Lane::Deliver | Lane::Report => true,
            Lane::Provision | Lane::Revoke | Lane::Timer => false,
        };
        yields
            && self
                .shared
                .storm
                .lock()
                .is_some_and(|since| since.elapsed() < STORM)
    }

    fn note_storm(&self, is_crowded: bool) {
        if self.lane == Lane::Revoke {
            let mut storm = self.shared.storm.lock();
            *storm = is_crowded.then(|| storm.unwrap_or_else(Instant::now));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}
