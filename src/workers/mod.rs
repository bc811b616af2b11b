//! Background work: granting, ending, cleaning up, timers, delivery. Each lane has its own worker, so
//! slow work of one kind never holds up another; revocation has a lane to itself.

mod begin;
pub mod capacity;
mod clean_up;
pub mod discover;
mod extension;
pub mod jobs;
pub mod lane;
mod last_look;
mod letter;
pub mod messages;
mod provision;
pub mod reconcile;
mod report;
mod restore;
mod revoke;
mod sessions;
pub mod sink;
mod strays;
pub mod troubles;

use std::time::Duration;

use crate::integrations::IntegrationError;
use crate::store::Job;
use crate::usecases::{Core, UseCaseError, step};

/// A target that asks to be left alone for longer is asked anyway: access has to end.
const LONGEST_ASKED: Duration = Duration::from_mins(1);

/// How many parts a pause is spread over.
const SPREAD: i64 = 1_000;

/// A job is retried after this, doubled each time up to `cap`, and spread out so that many do not run at once.
fn backoff(job: &Job, first: Duration, cap: Duration) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(job.attempt.saturating_sub(1).min(20)));
    let limited = doubled.min(cap);
    // Jobs that fail together have different ids, so each comes back at a different time.
    let mixed = job.id.bytes().fold(job.fence, |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(byte.into())
    });
    let spread = u32::try_from(mixed.rem_euclid(SPREAD)).unwrap_or(0);
    limited.saturating_sub(limited / 5_000 * spread)
}

/// The pause before asking a target again that failed with `error`: no shorter than it asks for, within reason.
fn pause_after(error: &IntegrationError, job: &Job, first: Duration, cap: Duration) -> Duration {
    let asked = error.retry_after().unwrap_or_default();
    backoff(job, first, cap).max(asked.min(LONGEST_ASKED))
}

/// Has the job told its target again after `error`.
async fn tell_again(
    core: &Core,
    job: &Job,
    error: &IntegrationError,
    first: Duration,
    cap: Duration,
) -> Result<(), UseCaseError> {
    let at = core.now().plus(pause_after(error, job, first, cap));
    step::try_again(core, job, at, &error.to_string()).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::access::target::Trouble;
    use crate::access::time::Timestamp;
    use crate::store::JobKind;

    fn job(id: &str, fence: i64, attempt: u32) -> Job {
        Job {
            id: id.to_owned(),
            kind: JobKind::Revoke,
            key: "r".to_owned(),
            fence,
            attempt,
            run_at: Timestamp::from_micros(0),
            last_error: None,
            integration: None,
            request: None,
            begun: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn a_pause_never_exceeds_its_cap_and_is_spread_below_it(
            id in "[0-9a-f]{32}",
            fence in 0..i64::MAX,
            attempt in 1..u32::MAX,
            first_ms in 1..10_000_u64,
            cap_s in 10..600_u64,
        ) {
            let (first, cap) = (Duration::from_millis(first_ms), Duration::from_secs(cap_s));
            let pause = backoff(&job(&id, fence, attempt), first, cap);
            let full = first.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(cap);
            prop_assert!(pause <= full, "{pause:?} of {full:?}");
            prop_assert!(pause >= full.mul_f64(0.79), "{pause:?} of {full:?}");
        }
    }

    #[test]
    fn revokes_are_tried_again_within_a_minute_however_often_they_failed() {
        let longest = (1..10_000).map(|attempt| {
            let job = job(&format!("{attempt:032x}"), attempt.into(), attempt);
            backoff(&job, revoke::FIRST_PAUSE, revoke::LONGEST_PAUSE)
        });
        assert!(longest.max() <= Some(Duration::from_mins(1)));
    }

    #[test]
    fn a_target_is_left_alone_for_as_long_as_it_asks_but_no_longer_than_a_minute() {
        let pause = |asked: Option<u64>| {
            let error = IntegrationError::Retry {
                trouble: Trouble::Busy,
                said: "too many calls".to_owned(),
                retry_after: asked.map(Duration::from_secs),
            };
            let second = Duration::from_secs(1);
            pause_after(&error, &job("a", 1, 1), second, second)
        };
        assert!(pause(None) <= Duration::from_secs(1));
        assert_eq!(pause(Some(0)), pause(None));
        assert_eq!(pause(Some(30)), Duration::from_secs(30));
        assert_eq!(pause(Some(86_400)), Duration::from_mins(1));
    }

    #[test]
    fn jobs_that_fail_together_do_not_come_back_together() {
        let pauses: BTreeSet<Duration> = (0..100)
            .map(|id| {
                backoff(
                    &job(&format!("{id:032x}"), 9, 9),
                    Duration::from_secs(1),
                    Duration::from_mins(1),
                )
            })
            .collect();
        assert!(pauses.len() > 50, "{pauses:?}");
    }
}
