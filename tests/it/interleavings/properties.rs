//! What must be true in every state and of every step.

use super::state::{Event, Kind, LEASE, RECONCILE_EVERY, State, Status, Time};
use super::steps::Step;

/// How long after its end access can last at most: a worker dies with the timer and another one is suspended with the revoke, or each
/// of them with the grant, and every time a lease has to be over first.
pub(super) const BOUND: Time = 2 * LEASE + 1;

pub(super) const NO_ACCESS_AFTER_ITS_END: &str = "no access lasts longer than its end and the bound";
pub(super) const NO_STRAY_ACCESS: &str = "what stands without a live request is gone after the next look";
pub(super) const NOTHING_LEFT: &str = "while nobody dies or stalls, nothing stands after the end";
pub(super) const LOCKED_FOR_GOOD: &str = "what was locked is never opened again";
pub(super) const NO_ACCESS_WITHOUT_APPROVAL: &str = "no access without an approval";
pub(super) const ONE_DECISION: &str = "one decision counts, and no more";
pub(super) const ONE_EVENT: &str = "every change of state has one event, in order";
pub(super) const A_TIMER: &str = "no open login without a timer or a revoke";
pub(super) const AS_SAID: &str = "what is said to be granted is what the target holds";
pub(super) const STALE_CHANGES_NOTHING: &str = "whoever lost a job changes nothing in the database";

/// The first rule that is broken.
pub(super) fn broken(before: &State, step: Step, after: &State, bound: Time) -> Option<&'static str> {
    let held = [
        (STALE_CHANGES_NOTHING, stale_changes_nothing(before, step, after)),
        (
            NO_ACCESS_WITHOUT_APPROVAL,
            !after.has_access() || after.database.decisions > 0,
        ),
        (ONE_DECISION, after.database.decisions <= 1),
        (ONE_EVENT, has_one_event_for_each_change(after)),
        (A_TIMER, has_timer(after)),
        (AS_SAID, is_as_said(after)),
        (NO_ACCESS_AFTER_ITS_END, ends_in_time(after, bound)),
        (NOTHING_LEFT, leaves_nothing(after)),
        (LOCKED_FOR_GOOD, !is_locked(before) || !is_open(after)),
        (NO_STRAY_ACCESS, strays_end_in_time(after)),
    ];
    held.into_iter().find(|(_, holds)| !holds).map(|(rule, _)| rule)
}

fn stale_changes_nothing(before: &State, step: Step, after: &State) -> bool {
    let Step::Work(worker) = step else {
        return true;
    };
    let held = before.workers[worker].held();
    held.is_none_or(|held| before.database.is_current(held)) || before.database == after.database
}

fn has_one_event_for_each_change(state: &State) -> bool {
    let database = &state.database;
    let changes = database.events.iter().filter(|event| **event != Event::CleanedUp);
    let is_in_order = database
        .events
        .is_sorted_by(|one, next| (*one as u8) < (*next as u8));
    is_in_order && changes.count() == usize::from(database.version - 1)
}

fn is_open(state: &State) -> bool {
    state.target.login.is_some_and(|login| login.is_open)
}

fn is_locked(state: &State) -> bool {
    state.target.login.is_some_and(|login| !login.is_open)
}

fn has_timer(state: &State) -> bool {
    let has = |kind| state.database.job(kind).is_some();
    !is_open(state) || state.database.status == Status::Ended || has(Kind::Expire) || has(Kind::Revoke)
}

fn is_as_said(state: &State) -> bool {
    let Some(login) = state
        .target
        .login
        .filter(|_| state.database.status == Status::Granted)
    else {
        return state.database.status != Status::Granted;
    };
    login.is_open && Some(login.until) == state.database.until
}

fn ends_in_time(state: &State, bound: Time) -> bool {
    let end = state.database.until;
    !state.has_access() || end.is_some_and(|end| state.now < end + bound)
}

/// What a late call makes is dead on arrival, or stands until the next look.
fn strays_end_in_time(state: &State) -> bool {
    let has_ended = state.database.status == Status::Ended;
    !(has_ended && state.has_access()) || state.now <= state.looked_at + RECONCILE_EVERY
}

fn leaves_nothing(state: &State) -> bool {
    let all_went_well = state.crashes_left == 1 && state.stalls_left == 1;
    !all_went_well || state.database.status != Status::Ended || !(is_open(state) || state.target.session)
}
