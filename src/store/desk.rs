//! The desk at which a lane's worker takes its jobs: how much runs at once, and when the lane is worth a look.

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

/// How long clean-up and delivery let a storm of revokes go first.
const STORM: Duration = Duration::from_secs(5);

/// How soon they look whether it is over.
const LOOK_FOR_CALM: Duration = Duration::from_millis(50);

/// What all desks know of each other.
#[derive(Debug)]
pub(super) struct Shared {
    /// Since when revokes wait for a place.
    storm: Mutex<Option<Instant>>,
    /// When one of them looked at all lanes.
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

/// Where a lane's worker takes its jobs. Nothing begins there after it was closed.
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
    /// A look is under way.
    is_looking: bool,
    /// Due jobs wait for a place, as far as the last look saw.
    is_crowded: bool,
    unclaimed: Option<Unclaimed>,
    is_closed: bool,
}

/// The last job that began without being claimed. While it runs a look still finds it; if one finds it as it was after that, its commit
/// failed.
#[derive(Debug)]
struct Unclaimed {
    id: String,
    fence: i64,
    runs: bool,
}

/// What the lane's worker does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// There is no place for any job.
    WaitForPlace,
    /// Revokes go first.
    Yield(Duration),
    /// Something may be due.
    Look {
        free: Free,
        /// Something is, and a claim finds it.
        is_certain: bool,
    },
    /// It was not looked for so long that somebody else may have put work there.
    LookAtAll,
    Wait {
        /// When something is due, by the business clock.
        next: Option<Timestamp>,
        /// Until somebody else may have put work there.
        at_most: Duration,
    },
}

/// What a look at a lane saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When something that there is a place for is due.
    pub next: Option<Timestamp>,
    /// Something due has no place.
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

    /// What to do next. Whoever gets [`Plan::Look`] looks, and tells [`Self::saw`] or [`Self::look_again`].
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
                // What is told from now on adds to what the look sees.
                state.due = Due::At(None);
                state.is_looking = true;
                // What is due for certain may be on an integration that has no place, and so may what the look does not see.
                let is_certain = due == Due::Now && free.full.is_empty();
                state.is_crowded |= !free.full.is_empty();
                Plan::Look { free, is_certain }
            }
        }
    }

    /// Integrations of which none may begin now.
    pub fn full(&self) -> Vec<String> {
        self.state().taken.free(self.worker.capacity).full
    }

    /// A look is over, and saw all that waits.
    pub fn saw(&self, seen: Seen) {
        let mut state = self.state();
        state.is_looking = false;
        state.is_crowded = seen.is_crowded;
        state.due.learn(seen.next, (self.worker.now)());
        self.note_storm(seen.is_crowded);
    }

    /// A look failed, or may not have seen all that waits.
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

    /// Begins the one job that a look found, which is not claimed; the next look comes after it. False if another one is under way,
    /// or if it was begun like this before and its commit failed.
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

    /// A commit made a job that is due then.
    pub(super) fn told(&self, at: Timestamp) {
        let now = (self.worker.now)();
        let mut state = self.state();
        if at <= now {
            state.due = Due::Now;
        } else {
            state.due.learn(Some(at), now);
        }
    }

    /// A look may find something, whoever says so.
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

    /// Whether revokes go first now. They do for a while and not for ever: a target that hangs may keep them waiting for days.
    fn must_yield(&self) -> bool {
        let yields = match self.lane {
            Lane::CleanUp | Lane::Deliver => true,
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
