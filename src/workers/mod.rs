//! Work that nobody waits for: granting, ending, cleaning up, timers, delivery. Each lane has its own worker, so that
//! slow work of one sort never holds up another sort; revocation has a lane to itself.

pub mod clean_up;
pub mod discover;
mod extend;
pub mod lane;
pub mod provision;
pub mod reconcile;
mod restore;
pub mod revoke;
mod strays;
pub mod room;
pub mod timer;

use std::time::Duration;

use crate::store::Job;

/// A job is tried again after this, doubled each time up to `cap`, and spread so that many do not come at once.
fn backoff(job: &Job, first: Duration, cap: Duration) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(job.attempt.saturating_sub(1).min(20)));
    let limited = doubled.min(cap);
    // The fence differs between attempts and jobs, which is all the spread needs.
    let spread = u32::try_from(job.fence.rem_euclid(5)).unwrap_or(0);
    limited.saturating_sub(limited / 20 * spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::time::Timestamp;
    use crate::store::JobKind;

    #[test]
    fn the_pause_grows_to_its_cap_and_no_further() {
        let job = |attempt| Job {
            id: "j".to_owned(),
            kind: JobKind::Revoke,
            key: "r".to_owned(),
            fence: i64::from(attempt),
            attempt,
            run_at: Timestamp::from_micros(0),
            last_error: None,
            integration: None,
        };
        let pause = |attempt| backoff(&job(attempt), Duration::from_secs(1), Duration::from_mins(1));
        assert_eq!(pause(5), Duration::from_secs(16));
        for attempt in [7, 30, 1_000, u32::MAX] {
            assert!(pause(attempt) <= Duration::from_mins(1) && pause(attempt) >= Duration::from_secs(48));
        }
    }
}
