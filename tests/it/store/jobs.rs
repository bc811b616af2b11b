//! Jobs: one worker at a time, nothing lost with a worker, nothing done by one that lost its lease.

use std::collections::BTreeSet;
use std::time::Duration;

use apono::store::{Fence, Job, JobKind, JobSpec, Lane, Store, StoreError};
use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::fixtures::{LEASE, later};
use crate::support::databases::{START, on_both};

/// A lease that is over as soon as it is taken, as if its holder had died long ago.
const OVER: Duration = Duration::ZERO;

async fn schedule(store: &Store, kind: JobKind, key: &str, seconds: u64) {
    let mut tx = store.write().await.unwrap();
    tx.schedule(&JobSpec::at(kind, key, later(seconds)))
        .await
        .unwrap();
    tx.seal(vec![]).await.unwrap();
}

async fn claim(store: &Store, lane: Lane, seconds: u64, lease: Duration) -> Vec<Job> {
    store
        .claim(lane, later(seconds), "me", 10, lease, &[])
        .await
        .unwrap()
}

async fn hold(store: &Store, job: &Job) {
    let mut tx = store.write().await.unwrap();
    tx.hold(job).await.unwrap();
    tx.seal(vec![]).await.unwrap();
}

async fn finish(store: &Store, job: &Job) -> Result<(), StoreError> {
    let mut tx = store.write().await.unwrap();
    tx.finish(job).await?;
    tx.seal(vec![]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_its_time_is_leased_once_and_goes_when_finished() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Expire, "r1", 100).await;
        assert_eq!(
            db.store.next_due(Lane::Revoke, START, &[]).await.unwrap(),
            Some(later(100))
        );
        assert_eq!(claim(&db.store, Lane::Revoke, 99, LEASE).await, []);
        assert_eq!(
            claim(&db.store, Lane::Timer, 100, LEASE).await,
            [],
            "another lane's"
        );

        let jobs = claim(&db.store, Lane::Revoke, 100, LEASE).await;
        assert_eq!(jobs.len(), 1);
        assert_eq!(
            (jobs[0].kind, jobs[0].key.as_str(), jobs[0].attempt),
            (JobKind::Expire, "r1", 1)
        );
        assert_eq!(claim(&db.store, Lane::Revoke, 100, LEASE).await, [], "leased");
        assert!(db.store.still_mine(&jobs[0]).await.unwrap());

        finish(&db.store, &jobs[0]).await.unwrap();
        assert!(!db.store.still_mine(&jobs[0]).await.unwrap());
        assert_eq!(db.number("SELECT COUNT(*) FROM job").await, 0);
        assert_eq!(db.store.next_due(Lane::Revoke, START, &[]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_lease_is_over_the_job_is_claimed_again_and_the_old_fence_changes_nothing() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Provision, "r1", 0).await;
        let old = claim(&db.store, Lane::Provision, 0, OVER).await.remove(0);
        let new = claim(&db.store, Lane::Provision, 0, LEASE).await.remove(0);
        assert_eq!((new.attempt, new.fence), (2, old.fence + 1));

        assert!(!db.store.still_mine(&old).await.unwrap());
        assert_eq!(finish(&db.store, &old).await, Err(StoreError::Stale));
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.retry(&old, later(9), "late").await, Err(StoreError::Stale));
        drop(tx);

        finish(&db.store, &new).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_at_once_never_get_the_same_job() {
    on_both(async |db| {
        for number in 0..40 {
            schedule(&db.store, JobKind::Message, &format!("m{number}"), 0).await;
        }
        let mut workers = JoinSet::new();
        for worker in 0..4 {
            let store = db.store.clone();
            workers.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let owner = format!("w{worker}");
                    let jobs = store
                        .claim(Lane::Deliver, START, &owner, 3, LEASE, &[])
                        .await
                        .unwrap();
                    if jobs.is_empty() {
                        return taken;
                    }
                    taken.extend(jobs.into_iter().map(|job| job.key));
                }
            });
        }
        let taken = workers.join_all().await.concat();
        let distinct: BTreeSet<&String> = taken.iter().collect();
        assert_eq!((taken.len(), distinct.len()), (40, 40));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_urgent_go_first_and_then_the_oldest() {
    on_both(async |db| {
        let mut tx = db.store.write().await.unwrap();
        for (key, seconds, priority) in [("late", 9, 0), ("notice", 1, 5), ("early", 3, 0), ("card", 8, -5)] {
            let spec = JobSpec {
                priority,
                ..JobSpec::at(JobKind::Message, key, later(seconds))
            };
            tx.schedule(&spec).await.unwrap();
        }
        tx.seal(vec![]).await.unwrap();
        let jobs = db
            .store
            .claim(Lane::Deliver, later(10), "me", 3, LEASE, &[])
            .await
            .unwrap();
        let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
        assert_eq!(keys, ["card", "early", "late"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_is_tried_again_at_its_time_with_its_history() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Revoke, "r1", 0).await;
        let job = claim(&db.store, Lane::Revoke, 0, LEASE).await.remove(0);
        let mut tx = db.store.write().await.unwrap();
        tx.retry(&job, later(30), "the target is down").await.unwrap();
        tx.seal(vec![]).await.unwrap();

        assert_eq!(claim(&db.store, Lane::Revoke, 29, LEASE).await, []);
        let again = claim(&db.store, Lane::Revoke, 30, LEASE).await.remove(0);
        assert_eq!(
            (again.attempt, again.last_error.as_deref()),
            (2, Some("the target is down"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_scheduled_while_somebody_works_on_it_runs_again_after() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Message, "m1", 0).await;
        let job = claim(&db.store, Lane::Deliver, 0, LEASE).await.remove(0);
        schedule(&db.store, JobKind::Message, "m1", 5).await;
        assert_eq!(
            claim(&db.store, Lane::Deliver, 5, LEASE).await,
            [],
            "somebody works on it"
        );

        finish(&db.store, &job).await.unwrap();
        let again = claim(&db.store, Lane::Deliver, 5, LEASE).await.remove(0);
        assert_eq!((again.id.as_str(), again.attempt), (job.id.as_str(), 1));
        finish(&db.store, &again).await.unwrap();
        assert_eq!(db.number("SELECT COUNT(*) FROM job").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_that_was_scheduled_meanwhile_takes_the_earlier_time() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Message, "m1", 0).await;
        let job = claim(&db.store, Lane::Deliver, 0, LEASE).await.remove(0);
        schedule(&db.store, JobKind::Message, "m1", 5).await;
        let mut tx = db.store.write().await.unwrap();
        tx.retry(&job, later(60), "busy").await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(claim(&db.store, Lane::Deliver, 5, LEASE).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_run_by_a_time_runs_no_later_for_being_scheduled_again() {
    on_both(async |db| {
        let by = async |seconds: u64, priority: i64| {
            let mut tx = db.store.write().await.unwrap();
            let spec = JobSpec {
                priority,
                ..JobSpec::at(JobKind::Message, "r1", later(seconds))
            };
            tx.schedule_by(&spec).await.unwrap();
            tx.seal(vec![]).await.unwrap();
        };
        let due = async || db.store.next_due(Lane::Deliver, START, &[]).await.unwrap();
        by(5, -10).await;
        by(9, 0).await;
        assert_eq!(due().await, Some(later(5)));
        assert_eq!(db.number("SELECT priority FROM job").await, -10);
        by(3, 0).await;
        assert_eq!(due().await, Some(later(3)));

        // What it was claimed for is being done.
        let job = claim(&db.store, Lane::Deliver, 3, LEASE).await.remove(0);
        by(8, 0).await;
        by(9, 0).await;
        let mut tx = db.store.write().await.unwrap();
        tx.retry(&job, later(60), "busy").await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(due().await, Some(later(8)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduling_again_moves_the_one_open_job() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Expire, "r1", 100).await;
        schedule(&db.store, JobKind::Expire, "r1", 200).await;
        assert_eq!(claim(&db.store, Lane::Revoke, 199, LEASE).await, []);
        assert_eq!(claim(&db.store, Lane::Revoke, 200, LEASE).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unscheduled_job_is_gone_for_whoever_works_on_it_even_if_made_anew() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Lapse, "r1", 0).await;
        let job = claim(&db.store, Lane::Timer, 0, LEASE).await.remove(0);
        let mut tx = db.store.write().await.unwrap();
        tx.unschedule(JobKind::Lapse, "r1").await.unwrap();
        tx.schedule(&JobSpec::at(JobKind::Lapse, "r1", START))
            .await
            .unwrap();
        tx.seal(vec![]).await.unwrap();
        let new = claim(&db.store, Lane::Timer, 0, LEASE).await.remove(0);
        assert_eq!(new.fence, job.fence, "the fence alone would not tell them apart");
        assert_eq!(finish(&db.store, &job).await, Err(StoreError::Stale));
        finish(&db.store, &new).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leased_job_is_worth_a_look_when_its_lease_ends() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Provision, "r1", 0).await;
        claim(&db.store, Lane::Provision, 0, Duration::from_mins(1)).await;
        let due = db
            .store
            .next_due(Lane::Provision, later(1_000), &[])
            .await
            .unwrap()
            .unwrap();
        assert!(due > later(1_030) && due <= later(1_061), "{due}");
        schedule(&db.store, JobKind::Provision, "r2", 1_010).await;
        assert_eq!(
            db.store
                .next_due(Lane::Provision, later(1_000), &[])
                .await
                .unwrap(),
            Some(later(1_010))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_say_what_waits_what_is_due_and_what_is_late() {
    on_both(async |db| {
        for (key, seconds) in [("r1", 500), ("r2", 100), ("r3", 10), ("r4", 10)] {
            schedule(&db.store, JobKind::Expire, key, seconds).await;
        }
        db.store
            .claim(Lane::Revoke, later(10), "me", 1, LEASE, &[])
            .await
            .unwrap();
        let counts = db.store.job_counts(later(100)).await.unwrap();
        assert_eq!(counts.len(), Lane::ALL.len());
        let revoke = counts[&Lane::Revoke];
        assert_eq!(
            (revoke.waiting, revoke.ready, revoke.leased, revoke.overdue),
            (1, 2, 1, 2)
        );
        assert_eq!(counts[&Lane::Timer], apono::store::LaneCounts::default());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_task_has_one_holder_and_its_fence_grows_when_it_changes_hands() {
    on_both(async |db| {
        let lease = |owner, duration| db.store.lease("audit", owner, duration);
        assert_eq!(lease("a", LEASE).await.unwrap(), Some(Fence(1)));
        assert_eq!(lease("b", LEASE).await.unwrap(), None);
        assert_eq!(lease("a", OVER).await.unwrap(), Some(Fence(1)), "renewed");
        assert_eq!(
            lease("b", LEASE).await.unwrap(),
            Some(Fence(2)),
            "the former holder's is over"
        );
        db.store.free_all("a").await.unwrap();
        assert_eq!(
            lease("a", LEASE).await.unwrap(),
            None,
            "only its holder can release it"
        );
        db.store.free_all("b").await.unwrap();
        assert_eq!(lease("a", LEASE).await.unwrap(), Some(Fence(3)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_wakes_the_lane_that_got_a_job_and_no_other() {
    on_both(async |db| {
        let wakes = db.store.wakes();
        let rings = |lane| wakes.lane(lane).notified().now_or_never().is_some();
        schedule(&db.store, JobKind::Expire, "r1", 100).await;
        for lane in Lane::ALL {
            assert_eq!(rings(lane), lane == Lane::Revoke, "{lane}");
        }
        let mut tx = db.store.write().await.unwrap();
        tx.schedule(&JobSpec::at(JobKind::Message, "m1", START))
            .await
            .unwrap();
        drop(tx);
        assert!(!rings(Lane::Deliver), "it was not committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_on_to_call_a_target_has_the_job_for_as_long_as_the_call_takes() {
    on_both(async |db| {
        schedule(&db.store, JobKind::Provision, "r1", 0).await;
        let job = claim(&db.store, Lane::Provision, 0, Duration::from_secs(2))
            .await
            .remove(0);
        let until = async || db.number("SELECT lease_until FROM job").await;
        let nearly_over = until().await;
        hold(&db.store, &job).await;
        assert!(until().await > nearly_over);
        finish(&db.store, &job).await.unwrap();

        schedule(&db.store, JobKind::Provision, "r2", 0).await;
        let job = claim(&db.store, Lane::Provision, 0, Duration::from_hours(1))
            .await
            .remove(0);
        let far = until().await;
        hold(&db.store, &job).await;
        assert_eq!(until().await, far, "a lease is made no shorter");
    })
    .await;
}
