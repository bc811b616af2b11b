//! What can happen next, and what comes of it. The workers' steps are those of `workers/provision.rs`, `workers/revoke.rs` and
//! `workers/clean_up.rs`: whatever stands between two of them there, a commit or an answer, is a moment at which anything can happen here.

use super::explorer::System;
use super::rules::Rules;
use super::state::{
    Answer, Call, Click, Database, Doing, Held, IDLE, Kind, RECONCILE_EVERY, State, Status, Target, Time,
    Worker,
};

/// Two workers and one request, under rules.
#[derive(Debug)]
pub(super) struct Bot {
    pub(super) rules: Rules,
    /// How long after its end access may last.
    pub(super) bound: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// One of the two approvers clicks, and the click is judged by what stands there.
    Judge(usize),
    /// What was judged is committed, or judged anew.
    Settle(usize),
    /// The grantee makes a password for the login.
    Connect,
    /// Somebody with the password opens a session.
    LogIn,
    GiveBack,
    Claim(usize, Kind),
    /// The worker takes up the timer of the end, which its first commit settles, without claiming it.
    TakeUp(usize),
    /// The worker takes one step.
    Work(usize),
    /// The worker's call is carried out.
    Target(usize),
    /// A call of a worker that died arrives after all, or never.
    OrphanArrives,
    OrphanIsLost,
    /// The process dies and another one starts in its place.
    Crash(usize),
    Stall(usize),
    Resume(usize),
    /// The target is compared with what was granted.
    Reconcile,
    Tick,
}

const WORKERS: [usize; 2] = [0, 1];

impl System for Bot {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        State::start()
    }

    fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = by_people(state);
        let urgent = self.urgent(state);
        for worker in WORKERS {
            let Worker { doing, is_stalled } = state.workers[worker];
            if state.crashes_left > 0 && doing != Doing::Nothing {
                steps.push(Step::Crash(worker));
            }
            if state.stalls_left > 0 && doing != Doing::Nothing {
                steps.push(Step::Stall(worker));
            }
            if is_stalled {
                steps.push(Step::Resume(worker));
            }
            if is_stalled && matches!(doing, Doing::Calling(..)) {
                steps.push(Step::Target(worker));
            }
        }
        if !state.orphans.is_empty() {
            steps.extend([Step::OrphanArrives, Step::OrphanIsLost]);
        }
        // Workers that are not stalled do what is due before time passes: calls are short, and lanes look every second.
        if urgent.is_empty() && state.database.status != Status::Pending && !self.is_at_rest(state) {
            steps.push(Step::Tick);
        }
        steps.extend(urgent);
        steps
    }

    fn after(&self, state: &State, step: Step) -> State {
        let mut after = state.clone();
        let now = state.now;
        match step {
            Step::Judge(approver) => after.people.clicks[approver] = judge(state),
            Step::Settle(approver) => after.people.clicks[approver] = self.settle(&mut after, approver),
            Step::Connect => {
                if let Some(login) = &mut after.target.login {
                    login.has_password = true;
                }
            }
            Step::LogIn => after.target.session = true,
            Step::GiveBack => {
                after.people.may_give_back = false;
                after.database.start_revoking(now);
            }
            Step::Claim(worker, kind) => {
                let held = after.database.claim(kind, now);
                after.workers[worker].doing = held.map_or(Doing::Nothing, Doing::Claimed);
            }
            Step::TakeUp(worker) => {
                let held = after.database.read(Kind::Expire);
                after.workers[worker].doing = held.map_or(Doing::Nothing, Doing::Claimed);
            }
            Step::Work(worker) => after.workers[worker].doing = self.work(&mut after, worker),
            Step::Target(worker) => {
                if let Doing::Calling(held, call) = state.workers[worker].doing {
                    let answer = after.target.carry_out(call, now, self.rules);
                    after.workers[worker].doing = Doing::Answered(held, answer);
                }
            }
            Step::OrphanArrives => {
                if let Some(call) = after.orphans.pop() {
                    after.target.carry_out(call, now, self.rules);
                }
            }
            Step::OrphanIsLost => {
                after.orphans.pop();
            }
            Step::Crash(worker) => {
                after.crashes_left -= 1;
                if let Doing::Calling(_, call) = state.workers[worker].doing {
                    after.orphans.push(call);
                }
                after.workers[worker] = IDLE;
            }
            Step::Stall(worker) => {
                after.stalls_left -= 1;
                after.workers[worker].is_stalled = true;
            }
            Step::Resume(worker) => after.workers[worker].is_stalled = false,
            Step::Reconcile => reconcile(&mut after),
            Step::Tick => after.now += 1,
        }
        after.sorted()
    }

    fn broken(&self, before: &State, step: Step, after: &State) -> Option<&'static str> {
        super::properties::broken(before, step, after, self.bound)
    }

    fn is_at_rest(&self, state: &State) -> bool {
        let has_jobs = state.database.jobs.iter().any(Option::is_some);
        // A login that a late revoke locked after it was cleaned up stays as a name that lets nobody in.
        let is_open = state.target.login.is_some_and(|login| login.is_open);
        state.database.status == Status::Ended && !has_jobs && !is_open && !state.target.session
    }
}

fn by_people(state: &State) -> Vec<Step> {
    let mut steps = Vec::new();
    for (approver, click) in state.people.clicks.iter().enumerate() {
        match click {
            Click::NotYet => steps.push(Step::Judge(approver)),
            Click::Judged(_) => steps.push(Step::Settle(approver)),
            Click::Settled => {}
        }
    }
    if let Some(login) = state.target.login.filter(|login| login.is_open) {
        if state.database.status == Status::Granted && !login.has_password {
            steps.push(Step::Connect);
        }
        if login.has_password && state.lets_in() && !state.target.session {
            steps.push(Step::LogIn);
        }
    }
    let can_give_back = match state.database.status {
        // Before the first attempt it would be cancelled, and nothing would come of it.
        Status::Approved => state.database.until.is_some(),
        Status::Granted => true,
        Status::Pending | Status::Revoking | Status::Ended => false,
    };
    if state.people.may_give_back && can_give_back {
        steps.push(Step::GiveBack);
    }
    steps
}

/// `access::transition::next`, before the change: only what is pending can be approved.
fn judge(state: &State) -> Click {
    if state.database.status == Status::Pending {
        Click::Judged(state.database.version)
    } else {
        Click::Settled
    }
}

/// `workers::reconcile`: what is open and stands for no live request is ended.
fn reconcile(state: &mut State) {
    state.looked_at = state.now;
    let is_open = state.target.login.is_some_and(|login| login.is_open);
    if is_open && state.database.status == Status::Ended {
        state.target = Target::default();
    }
}

impl Bot {
    /// What happens before time passes.
    fn urgent(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        for worker in WORKERS {
            let Worker { doing, is_stalled } = state.workers[worker];
            match doing {
                _ if is_stalled => {}
                Doing::Nothing => {
                    let due = Kind::ALL
                        .into_iter()
                        .filter(|kind| state.database.can_claim(*kind, state.now));
                    steps.extend(due.map(|kind| Step::Claim(worker, kind)));
                    if state.database.can_claim(Kind::Expire, state.now) {
                        steps.push(Step::TakeUp(worker));
                    }
                }
                Doing::Calling(..) => steps.push(Step::Target(worker)),
                Doing::Claimed(_) | Doing::AboutToCall(..) | Doing::Answered(..) => {
                    steps.push(Step::Work(worker));
                }
            }
        }
        if self.rules.reconcile && state.now >= state.looked_at + RECONCILE_EVERY {
            steps.push(Step::Reconcile);
        }
        steps
    }

    fn settle(&self, state: &mut State, approver: usize) -> Click {
        let Click::Judged(version) = state.people.clicks[approver] else {
            return Click::Settled;
        };
        if state.database.approve(version, state.now, self.rules) {
            Click::Settled
        } else {
            judge(state)
        }
    }

    /// The worker's next step on its own, and what it does then.
    fn work(&self, state: &mut State, worker: usize) -> Doing {
        let now = state.now;
        let database = &mut state.database;
        match state.workers[worker].doing {
            Doing::Claimed(held) => self.begin(database, held, now),
            Doing::AboutToCall(held, call) => Doing::Calling(held, call),
            Doing::Answered(held, answer) => {
                match (held.kind, answer) {
                    (Kind::Provision, Answer::Done) => database.confirm(held, now, self.rules),
                    (Kind::Provision, Answer::Refused) => database.undo(held, now, self.rules),
                    (Kind::CleanUp, Answer::Done) => database.cleaned(held, self.rules),
                    (Kind::CleanUp, Answer::Refused) => database.retry(held, now + 1),
                    (Kind::Revoke | Kind::Expire, _) => database.gone(held, now, self.rules),
                }
                Doing::Nothing
            }
            Doing::Nothing | Doing::Calling(..) => Doing::Nothing,
        }
    }

    fn begin(&self, database: &mut Database, held: Held, now: Time) -> Doing {
        match held.kind {
            Kind::Provision => match database.begin_attempt(held, now, self.rules) {
                Some(until) => Doing::AboutToCall(held, Call::Grant(until)),
                None => Doing::Nothing,
            },
            Kind::Expire => match database.time_over(held, now, self.rules) {
                Some(revoke) => Doing::Claimed(revoke),
                None => Doing::Nothing,
            },
            Kind::Revoke if self.rules.revoke_waits_for_grant && database.is_leased(Kind::Provision, now) => {
                database.retry(held, now + 1);
                Doing::Nothing
            }
            Kind::Revoke if !database.still_mine(held, now) => Doing::Nothing,
            Kind::Revoke => Doing::AboutToCall(held, Call::Revoke),
            Kind::CleanUp => Doing::AboutToCall(held, Call::CleanUp),
        }
    }
}
