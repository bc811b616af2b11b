//! Two workers, one request, a process that dies, a lease that goes stale while its holder still runs: every order in which that can
//! happen, on a small model of the rows, the target and the workers.
//!
//! `database.rs`, `target.rs` and `steps.rs` name the functions that they mirror. What the model leaves out: an answer that never
//! comes, the sweep, extensions, and everything about people but two clicks, a session and giving the access back. Each rule of
//! `rules.rs` is also left out once, and then something that must not be is found: each is needed, and the explorer can fail.

mod database;
mod explorer;
mod properties;
mod rules;
mod state;
mod steps;
mod target;

use crate::support::counts;

use explorer::{Counterexample, explore};
use properties::{
    A_TIMER, BOUND, LOCKED_FOR_GOOD, NO_ACCESS_AFTER_ITS_END, NO_STRAY_ACCESS, NOTHING_LEFT, ONE_DECISION,
    STALE_CHANGES_NOTHING,
};
use rules::Rules;
use state::Time;
use steps::{Bot, Step};

/// A shortest way to what must not be, when a rule is left out or the bound is another.
fn counterexample(leave_out: impl FnOnce(&mut Rules), bound: Time) -> Counterexample<Bot> {
    let mut rules = Rules::ALL;
    leave_out(&mut rules);
    match explore(&Bot { rules, bound }) {
        Ok(explored) => panic!("nothing is found in {explored:?}"),
        Err(found) => found,
    }
}

#[track_caller]
fn assert_needed(leave_out: impl FnOnce(&mut Rules), broken: &str) {
    let found = counterexample(leave_out, BOUND);
    assert_eq!(found.rule, broken, "{found:#?}");
}

#[test]
fn whatever_the_order_every_rule_holds_and_it_comes_to_rest() {
    let rules = Rules::ALL;
    match explore(&Bot { rules, bound: BOUND }) {
        Ok(explored) => counts::tell(&format!(
            "two workers and one request in any order: {} states, {} steps, 0 violations",
            explored.states, explored.steps
        )),
        Err(found) => panic!("{found:#?}"),
    }
}

#[test]
fn access_can_last_for_two_leases_after_its_end_when_one_worker_dies_and_the_other_stalls() {
    let found = counterexample(|_| {}, BOUND - 1);
    assert_eq!(found.rule, NO_ACCESS_AFTER_ITS_END);
    let was = |wanted: fn(&Step) -> bool| found.steps.iter().any(wanted);
    assert!(was(|step| matches!(step, Step::Crash(_))), "{found:#?}");
    assert!(was(|step| matches!(step, Step::Stall(_))), "{found:#?}");
}

#[test]
fn without_fences_a_worker_that_lost_its_job_settles_it() {
    assert_needed(|rules| rules.fence = false, STALE_CHANGES_NOTHING);
}

#[test]
fn without_a_look_at_its_job_a_late_attempt_moves_the_end() {
    assert_needed(|rules| rules.attempt_holds_its_job = false, STALE_CHANGES_NOTHING);
}

#[test]
fn a_timer_that_is_committed_after_the_touch_is_missing_meanwhile() {
    assert_needed(|rules| rules.timer_first = false, A_TIMER);
}

#[test]
fn without_compare_and_set_two_approvers_decide() {
    assert_needed(|rules| rules.compare_and_set = false, ONE_DECISION);
}

#[test]
fn a_revoke_that_does_not_wait_for_a_grant_misses_what_it_makes() {
    assert_needed(|rules| rules.revoke_waits_for_grant = false, NOTHING_LEFT);
}

#[test]
fn without_a_deadline_on_the_target_a_late_call_gives_access_after_the_end() {
    assert_needed(|rules| rules.deadline_on_target = false, NO_ACCESS_AFTER_ITS_END);
}

#[test]
fn a_late_grant_would_open_what_a_revoke_locked() {
    assert_needed(|rules| rules.locked_for_good = false, LOCKED_FOR_GOOD);
}

#[test]
fn without_looks_at_the_target_what_a_late_call_made_stays() {
    assert_needed(|rules| rules.reconcile = false, NO_STRAY_ACCESS);
}
