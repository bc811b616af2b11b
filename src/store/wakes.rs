//! Wakes whoever waits for work, as soon as it is committed: the worker of each lane that got a job, the poster of the
//! trail, and whoever takes up what was left in the inbox. They also look by themselves, for another process may have put work there.

use tokio::sync::Notify;

use super::jobs::Lane;

/// One bell for each worker.
#[derive(Debug, Default)]
pub struct Wakes {
    provision: Notify,
    revoke: Notify,
    clean_up: Notify,
    timer: Notify,
    deliver: Notify,
    audit: Notify,
    inbox: Notify,
}

/// Whom a change gives work.
#[derive(Debug, Default)]
pub(super) struct News {
    lanes: Vec<Lane>,
    pub(super) audit: bool,
}

impl News {
    pub(super) fn of(&mut self, lane: Lane) {
        if !self.lanes.contains(&lane) {
            self.lanes.push(lane);
        }
    }
}

impl Wakes {
    pub fn lane(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Provision => &self.provision,
            Lane::Revoke => &self.revoke,
            Lane::CleanUp => &self.clean_up,
            Lane::Timer => &self.timer,
            Lane::Deliver => &self.deliver,
        }
    }

    /// The reader of the audit table.
    pub fn audit(&self) -> &Notify {
        &self.audit
    }

    /// Whoever takes up acts that were left in the inbox.
    pub fn inbox(&self) -> &Notify {
        &self.inbox
    }

    /// Everybody looks, whatever was committed.
    pub fn all(&self) {
        for lane in Lane::ALL {
            self.lane(lane).notify_one();
        }
        self.audit.notify_one();
        self.inbox.notify_one();
    }

    /// After a commit those look whom it concerns: a look costs two queries, and commits come by the hundred.
    pub(super) fn tell(&self, news: &News) {
        for lane in &news.lanes {
            self.lane(*lane).notify_one();
        }
        if news.audit {
            self.audit.notify_one();
        }
    }
}
