//! What the database does in one transaction. Each function names the one of the bot that it mirrors.

use super::rules::Rules;
use super::state::{DURATION, Database, Event, Held, Job, Kind, LEASE, Status, Time};

impl Database {
    pub(super) fn job(&self, kind: Kind) -> Option<Job> {
        self.jobs[kind as usize]
    }

    /// `Tx::schedule`: an open job of this kind moves. One that is born leased is one that is claimed at once.
    fn schedule(&mut self, kind: Kind, due: Time) {
        let job = &mut self.jobs[kind as usize];
        let new = Job {
            due,
            fence: 0,
            lease_until: None,
        };
        *job = Some(Job {
            due,
            ..job.unwrap_or(new)
        });
    }

    /// `Store::claim`: what is due and nobody holds, or was held for too long.
    pub(super) fn can_claim(&self, kind: Kind, now: Time) -> bool {
        self.job(kind)
            .is_some_and(|job| job.due <= now && job.lease_until.is_none_or(|until| until <= now))
    }

    pub(super) fn claim(&mut self, kind: Kind, now: Time) -> Option<Held> {
        let job = self.jobs[kind as usize].as_mut()?;
        job.fence += 1;
        job.lease_until = Some(now + LEASE);
        let fence = job.fence;
        Some(Held { kind, fence })
    }

    /// `Tx::schedule_after`: the creator of the job continues with it, unless there is an open one.
    fn schedule_and_hold(&mut self, kind: Kind, now: Time) -> Option<Held> {
        let is_new = self.job(kind).is_none();
        self.schedule(kind, now);
        if is_new { self.claim(kind, now) } else { None }
    }

    /// `Store::ready`: what one commit takes and settles is not claimed before.
    pub(super) fn read(&self, kind: Kind) -> Option<Held> {
        let fence = self.job(kind)?.fence;
        Some(Held { kind, fence })
    }

    /// Whether nobody claimed the job after `held`, and nobody took it away.
    pub(super) fn is_current(&self, held: Held) -> bool {
        self.job(held.kind).is_some_and(|job| job.fence == held.fence)
    }

    /// `Store::still_mine`.
    pub(super) fn still_mine(&self, held: Held, now: Time) -> bool {
        let lease = self.job(held.kind).and_then(|job| job.lease_until);
        self.is_current(held) && lease.is_some_and(|until| now < until)
    }

    /// `Store::is_leased`.
    pub(super) fn is_leased(&self, kind: Kind, now: Time) -> bool {
        let lease = self.job(kind).and_then(|job| job.lease_until);
        lease.is_some_and(|until| now < until)
    }

    /// `Tx::finish`: false if the fence is stale, and then the transaction is rolled back.
    fn finish(&mut self, held: Held, rules: Rules) -> bool {
        if rules.fence && !self.is_current(held) {
            return false;
        }
        self.jobs[held.kind as usize] = None;
        true
    }

    /// `Tx::retry`.
    pub(super) fn retry(&mut self, held: Held, due: Time) {
        if self.is_current(held) {
            let job = Job {
                due,
                fence: held.fence,
                lease_until: None,
            };
            self.jobs[held.kind as usize] = Some(job);
        }
    }

    /// `usecases::step::advance` and the event that goes with it.
    fn advance(&mut self, status: Status, event: Event, now: Time) {
        self.status = status;
        self.version += 1;
        self.changed_at = now;
        self.events.push(event);
    }

    /// `usecases::decide::answer`: what was judged counts only if nobody changed it since. True if the click is settled.
    pub(super) fn approve(&mut self, judged: u8, now: Time, rules: Rules) -> bool {
        if rules.compare_and_set && judged != self.version {
            return false;
        }
        self.decisions += 1;
        self.advance(Status::Approved, Event::Approved, now);
        self.schedule(Kind::Provision, now);
        true
    }

    /// `usecases::granting::begin_attempt`: the end and its timer stand before the target is touched.
    pub(super) fn begin_attempt(&mut self, held: Held, now: Time, rules: Rules) -> Option<Time> {
        if rules.attempt_holds_its_job && !self.still_mine(held, now) {
            return None;
        }
        if self.status != Status::Approved {
            self.finish(held, rules);
            return None;
        }
        let until = now + DURATION;
        self.until = Some(until);
        if rules.timer_first {
            self.schedule(Kind::Expire, until);
        }
        Some(until)
    }

    /// `usecases::granting::confirm`.
    pub(super) fn confirm(&mut self, held: Held, now: Time, rules: Rules) {
        if !self.finish(held, rules) || self.status != Status::Approved {
            return;
        }
        if !rules.timer_first {
            self.schedule(Kind::Expire, self.until.unwrap_or(now));
        }
        self.advance(Status::Granted, Event::Granted, now);
    }

    /// `usecases::granting::undo`.
    pub(super) fn undo(&mut self, held: Held, now: Time, rules: Rules) {
        if self.finish(held, rules) && self.status == Status::Approved {
            self.start_revoking(now);
        }
    }

    /// `usecases::revoke::revoke` by the holder of the job, after the first attempt.
    pub(super) fn start_revoking(&mut self, now: Time) {
        self.advance(Status::Revoking, Event::Revoking, now);
        self.schedule(Kind::Revoke, now);
    }

    /// `usecases::ending::time_over`. The process that reports it continues with the revoke.
    pub(super) fn time_over(&mut self, held: Held, now: Time, rules: Rules) -> Option<Held> {
        if let Some(until) = self.until.filter(|until| now < *until) {
            self.retry(held, until);
            return None;
        }
        if self.finish(held, rules) && matches!(self.status, Status::Approved | Status::Granted) {
            self.advance(Status::Revoking, Event::Revoking, now);
            return self.schedule_and_hold(Kind::Revoke, now);
        }
        None
    }

    /// `usecases::ending::gone`.
    pub(super) fn gone(&mut self, held: Held, now: Time, rules: Rules) {
        if self.finish(held, rules) && self.status == Status::Revoking {
            self.advance(Status::Ended, Event::Ended, now);
            self.jobs[Kind::Expire as usize] = None;
            self.schedule(Kind::CleanUp, now);
        }
    }

    /// `usecases::ending::cleaned`: no change of state, so no new version.
    pub(super) fn cleaned(&mut self, held: Held, rules: Rules) {
        if self.finish(held, rules) {
            self.events.push(Event::CleanedUp);
        }
    }
}
