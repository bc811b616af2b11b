//! Wakes whatever is waiting for work as soon as the work is committed: the worker of each lane that got a job, the poster of
//! the trail and what feeds sinks, and the task that adopts what was left in the inbox. A lane is told when its job is due, so it need not look
//! before that. They also look regularly, because another process may have added work.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::access::time::Timestamp;

use super::desk::Desk;
use super::jobs::{JobKind, Lane};
use super::seats::{Newborn, Seats, Worker};

/// One bell for each worker, and the desks at which they take their jobs.
#[derive(Debug, Default)]
pub struct Wakes {
    provision: Arc<Notify>,
    revoke: Arc<Notify>,
    clean_up: Arc<Notify>,
    timer: Arc<Notify>,
    deliver: Arc<Notify>,
    report: Arc<Notify>,
    audit: Notify,
    inbox: Notify,
    /// Changes with each event, for everybody who follows the trail besides the poster.
    trail: watch::Sender<()>,
    seats: Seats,
}

/// Who gets work from a change.
#[derive(Debug, Default)]
pub(super) struct News {
    /// When the earliest unclaimed job of each lane is due.
    due: BTreeMap<Lane, Timestamp>,
    born: Vec<Newborn>,
    pub(super) audit: bool,
}

impl News {
    pub(super) fn of(&mut self, lane: Lane, at: Timestamp) {
        let due = self.due.entry(lane).or_insert(at);
        *due = at.min(*due);
    }

    pub(super) fn born(&mut self, newborn: Newborn) {
        self.born.push(newborn);
    }

    /// Whether the same change created this job and will begin it.
    pub(super) fn begins(&self, kind: JobKind, key: &str) -> bool {
        self.born.iter().any(|born| born.is(kind, key))
    }

    /// First posts that the change begins with this job, by id.
    pub(super) fn begun(&mut self, kind: JobKind, key: &str, posts: Vec<String>) {
        if let Some(born) = self.born.iter_mut().find(|born| born.is(kind, key)) {
            born.job.begun.extend(posts);
        }
    }

    /// The same change removed the job again.
    pub(super) fn forget(&mut self, kind: JobKind, key: &str) {
        self.born.retain(|born| !born.is(kind, key));
    }
}

impl Wakes {
    /// Its worker's bell.
    pub fn lane(&self, lane: Lane) -> &Notify {
        self.bell(lane)
    }

    fn bell(&self, lane: Lane) -> &Arc<Notify> {
        match lane {
            Lane::Provision => &self.provision,
            Lane::Revoke => &self.revoke,
            Lane::CleanUp => &self.clean_up,
            Lane::Timer => &self.timer,
            Lane::Deliver => &self.deliver,
            Lane::Report => &self.report,
        }
    }

    /// The reader of the audit table.
    pub fn audit(&self) -> &Notify {
        &self.audit
    }

    /// Changes whenever the trail grows here.
    pub fn trail(&self) -> watch::Receiver<()> {
        self.trail.subscribe()
    }

    /// The task that adopts acts that were left in the inbox.
    pub fn inbox(&self) -> &Notify {
        &self.inbox
    }

    /// Opens the desk at which `worker` takes the jobs of a lane, until [`Self::close`].
    pub fn open(&self, lane: Lane, worker: Worker) -> Arc<Desk> {
        self.seats.open(lane, worker, Arc::clone(self.bell(lane)))
    }

    /// Nothing begins there any more.
    pub fn close(&self, desk: &Arc<Desk>) {
        self.seats.close(desk);
    }

    pub(super) fn seats(&self) -> &Seats {
        &self.seats
    }

    /// Makes everybody look, whatever was committed.
    pub fn all(&self) {
        for lane in Lane::ALL {
            if let Some(desk) = self.seats.desk(lane) {
                desk.doubt();
            }
            self.lane(lane).notify_one();
        }
        self.audit.notify_one();
        self.trail.send_replace(());
        self.inbox.notify_one();
    }

    /// After a commit, wakes those concerned, and begins the jobs that were born.
    pub(super) fn tell(&self, news: News) {
        for (lane, at) in news.due {
            if let Some(desk) = self.seats.desk(lane) {
                desk.told(at);
            }
            self.lane(lane).notify_one();
        }
        for Newborn { job, seat } in news.born {
            seat.begin(job);
        }
        if news.audit {
            self.audit.notify_one();
            self.trail.send_replace(());
        }
    }
}
