//! Jobs that are born leased: only in a free place, never ahead of one that waits, and not lost with their maker.

use std::sync::Arc;
use std::time::Duration;

use apono::store::{
    Born, Capacity, Desk, Job, JobKind, JobSpec, Lane, Plan, Ready, Seat, Seen, Store, StoreError, Worker,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::fixtures::{LEASE, later};
use crate::support::databases::{START, on_both};

/// No regular look happens in the meantime.
const EVERY: Duration = Duration::from_hours(1);

const NOTHING_WAITS: Seen = Seen {
    next: None,
    is_crowded: false,
};

/// A worker that only says what it was given.
struct Idle {
    desk: Arc<Desk>,
    begun: UnboundedReceiver<(Job, Seat)>,
}

impl Idle {
    /// One that has looked, and found nothing.
    fn open(store: &Store, lane: Lane, at_once: usize, of_one: usize) -> Self {
        let (tell, begun) = unbounded_channel();
        let worker = Worker {
            owner: "me".to_owned(),
            lease: LEASE,
            capacity: Capacity { at_once, of_one },
            now: Box::new(|| START),
            begin: Box::new(move |job, seat| tell.send((job, seat)).unwrap()),
        };
        let desk = store.wakes().open(lane, worker);
        assert!(
            matches!(desk.plan(EVERY), Plan::Look { .. }),
            "it may be that something waits"
        );
        desk.saw(NOTHING_WAITS);
        Self { desk, begun }
    }
}

async fn make(store: &Store, spec: JobSpec) -> Born {
    let mut tx = store.write().await.unwrap();
    let born = tx.schedule(&spec).await.unwrap();
    tx.seal(vec![]).await.unwrap();
    born
}

fn revoke(key: &str, integration: &str) -> JobSpec {
    JobSpec::at(JobKind::Revoke, key, START).on(integration)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_due_begins_in_a_free_place_as_soon_as_it_is_committed() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 2, 2);
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.schedule(&revoke("r1", "a")).await.unwrap(), Born::Leased);
        assert!(idle.begun.try_recv().is_err(), "it is not committed");
        tx.seal(vec![]).await.unwrap();

        let (job, _seat) = idle.begun.try_recv().unwrap();
        assert_eq!((job.key.as_str(), job.fence, job.attempt), ("r1", 1, 1));
        assert!(db.store.still_mine(&job).await.unwrap());
        let claimed = db.store.claim(Lane::Revoke, START, "other", 9, LEASE, &[]).await;
        assert_eq!(claimed.unwrap(), []);
        let mut tx = db.store.write().await.unwrap();
        tx.finish(&job).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(db.number("SELECT COUNT(*) FROM job").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_comes_to_nothing_leaves_the_place_free() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 1, 1);
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.schedule(&revoke("r1", "a")).await.unwrap(), Born::Leased);
        drop(tx);
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.schedule(&revoke("r2", "a")).await.unwrap(), Born::Leased);
        tx.unschedule(JobKind::Revoke, "r2").await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert!(idle.begun.try_recv().is_err());
        assert_eq!(make(&db.store, revoke("r3", "a")).await, Born::Leased);
        assert_eq!(idle.begun.try_recv().unwrap().0.key, "r3");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_place_waits_and_is_not_overtaken() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 2, 1);
        assert_eq!(make(&db.store, revoke("r1", "a")).await, Born::Leased);
        let (_, seat) = idle.begun.try_recv().unwrap();
        assert_eq!(
            make(&db.store, revoke("r2", "a")).await,
            Born::Waiting,
            "a has its share"
        );
        drop(seat);
        assert_eq!(
            make(&db.store, revoke("r3", "b")).await,
            Born::Waiting,
            "r2 was there before"
        );
        let Plan::Look { free, is_certain } = idle.desk.plan(EVERY) else {
            panic!("a commit said that something waits");
        };
        assert_eq!((free.jobs, is_certain), (1, true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_due_and_known_to_fit_is_born_leased() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 9, 9);
        let unknown = JobSpec::at(JobKind::RedButton, "b1", START);
        let future = JobSpec::at(JobKind::Expire, "r1", later(9)).on("a");
        assert_eq!(make(&db.store, future).await, Born::Waiting);
        let next = Some(later(9));
        assert!(matches!(idle.desk.plan(EVERY), Plan::Wait { next: at, .. } if at == next));
        let moved = JobSpec::at(JobKind::Expire, "r1", START).on("a");
        assert_eq!(make(&db.store, moved).await, Born::Leased, "it waited for later");
        let (taken, _seat) = idle.begun.try_recv().unwrap();
        assert_eq!((taken.key.as_str(), taken.fence, taken.attempt), ("r1", 1, 1));
        assert_eq!(make(&db.store, unknown).await, Born::Waiting);
        db.store.wakes().close(&idle.desk);
        assert_eq!(
            make(&db.store, revoke("r2", "a")).await,
            Born::Waiting,
            "nobody works"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_timer_goes_on_with_the_revoke_whatever_else_waits() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 1, 1);
        let timer = JobSpec::at(JobKind::Expire, "r1", START).on("a");
        assert_eq!(make(&db.store, timer).await, Born::Leased);
        let (timer, seat) = idle.begun.try_recv().unwrap();
        assert_eq!(make(&db.store, revoke("r2", "a")).await, Born::Waiting);
        let mut tx = db.store.write().await.unwrap();
        tx.finish(&timer).await.unwrap();
        let born = tx.schedule_after(&timer, &revoke("r1", "a")).await.unwrap();
        assert_eq!(born, Born::Leased);
        tx.seal(vec![]).await.unwrap();
        drop(seat);
        let (revoke, _seat) = idle.begun.try_recv().unwrap();
        assert_eq!((revoke.kind, revoke.key.as_str()), (JobKind::Revoke, "r1"));
        assert_eq!(idle.desk.plan(EVERY), Plan::WaitForPlace);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_lets_revokes_go_first_that_have_no_place() {
    on_both(async |db| {
        let revokes = Idle::open(&db.store, Lane::Revoke, 1, 1);
        let delivery = Idle::open(&db.store, Lane::Deliver, 4, 4);
        revokes.desk.look_again();
        let card = |key| JobSpec::at(JobKind::Message, key, START);
        assert_eq!(make(&db.store, card("m1")).await, Born::Waiting);
        assert!(matches!(delivery.desk.plan(EVERY), Plan::Yield(_)));
        revokes.desk.saw(NOTHING_WAITS);
        assert!(matches!(delivery.desk.plan(EVERY), Plan::Look { .. }));
        delivery.desk.saw(NOTHING_WAITS);
        assert_eq!(make(&db.store, card("m2")).await, Born::Leased);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_is_settled_once_whoever_claims_it_and_whoever_does_not() {
    on_both(async |db| {
        make(&db.store, JobSpec::at(JobKind::Lapse, "r1", START)).await;
        let ready = || db.store.ready(Lane::Timer, START, &[]);
        let Ready::Timer(unclaimed) = ready().await.unwrap() else {
            panic!("it is due alone");
        };
        let claimed = db
            .store
            .claim(Lane::Timer, START, "me", 9, LEASE, &[])
            .await
            .unwrap();
        assert_eq!(ready().await.unwrap(), Ready::Nothing);
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.finish(&unclaimed).await, Err(StoreError::Stale));
        drop(tx);
        let mut tx = db.store.write().await.unwrap();
        tx.retry(&claimed[0], START, "busy").await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(ready().await.unwrap(), Ready::Jobs, "one that failed is claimed");

        make(&db.store, JobSpec::at(JobKind::Message, "m1", START)).await;
        let cards = db.store.ready(Lane::Deliver, START, &[]).await;
        assert_eq!(
            cards.unwrap(),
            Ready::Jobs,
            "it tells somebody before it is settled"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_that_moved_is_another_one_to_whoever_read_it_before() {
    on_both(async |db| {
        make(&db.store, JobSpec::at(JobKind::EndingSoon, "r1", START)).await;
        let Ready::Timer(read) = db.store.ready(Lane::Timer, START, &[]).await.unwrap() else {
            panic!("it is due alone");
        };
        make(&db.store, JobSpec::at(JobKind::EndingSoon, "r1", later(9))).await;
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(tx.finish(&read).await, Err(StoreError::Stale));
        drop(tx);
        let moved = db.store.job(JobKind::EndingSoon, "r1").await.unwrap();
        assert_eq!(moved.map(|job| job.run_at), Some(later(9)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_whose_commit_failed_is_claimed_like_any_other() {
    on_both(async |db| {
        make(&db.store, JobSpec::at(JobKind::Lapse, "r1", START)).await;
        let mut idle = Idle::open(&db.store, Lane::Timer, 1, 1);
        let Ready::Timer(timer) = db.store.ready(Lane::Timer, START, &[]).await.unwrap() else {
            panic!("it is due alone");
        };
        assert!(idle.desk.settle(timer.clone()));
        let (_, seat) = idle.begun.try_recv().unwrap();
        drop(seat);
        assert!(matches!(idle.desk.plan(EVERY), Plan::Look { .. }));
        assert!(!idle.desk.settle(timer), "it would be begun again and again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_left_while_a_look_passes_it_over_is_looked_at_again() {
    on_both(async |db| {
        let mut idle = Idle::open(&db.store, Lane::Revoke, 2, 1);
        make(&db.store, revoke("r1", "a")).await;
        make(&db.store, revoke("r2", "a")).await;
        let (_, seat) = idle.begun.try_recv().unwrap();
        let Plan::Look { free, .. } = idle.desk.plan(EVERY) else {
            panic!("r2 waits");
        };
        assert_eq!(free.full, ["a"]);
        drop(seat);
        idle.desk.saw(NOTHING_WAITS);
        assert!(matches!(idle.desk.plan(EVERY), Plan::Look { .. }));
    })
    .await;
}
