//! One change is one transaction: whole or not at all, and never over a change it did not see.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use apono::access::request::State;
use apono::store::{ReadSettings, StoreError};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::fixtures::{event, later, moved, request};
use crate::support::databases::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_to_the_same_version_one_is_a_conflict_and_leaves_nothing() {
    on_both(async |db| {
        let first = request(&db.store, "r1").await;
        let mut tx = db.store.write().await.unwrap();
        tx.update_request(&moved(&first, State::Approved), first.version)
            .await
            .unwrap();
        tx.seal(vec![]).await.unwrap();

        let mut tx = db.store.write().await.unwrap();
        tx.put_setting("left", "behind").await.unwrap();
        let late = tx
            .update_request(&moved(&first, State::Cancelled), first.version)
            .await;
        assert_eq!(late, Err(StoreError::Conflict));
        drop(tx);

        let stored = db.store.request(&first.id).await.unwrap().unwrap();
        assert_eq!(stored, moved(&first, State::Approved));
        assert_eq!(db.store.setting("left").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_writers_at_once_exactly_one_changes_the_request() {
    on_both(async |db| {
        let first = request(&db.store, "r1").await;
        let mut writers = JoinSet::new();
        for _ in 0..8 {
            let (store, first) = (db.store.clone(), first.clone());
            writers.spawn(async move {
                let mut tx = store.write().await?;
                let seen = tx.request(&first.id).await?.unwrap();
                if seen.version != first.version {
                    return Err(StoreError::Conflict);
                }
                tx.update_request(&moved(&seen, State::Approved), seen.version)
                    .await?;
                tx.seal(vec![event(1, "click")]).await
            });
        }
        let outcomes = writers.join_all().await;
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            1,
            "{outcomes:?}"
        );
        let lost = outcomes
            .iter()
            .filter(|outcome| **outcome == Err(StoreError::Conflict))
            .count();
        assert_eq!(lost, 7, "{outcomes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_numbers_have_no_gaps_though_some_changes_are_given_up() {
    on_both(async |db| {
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let store = db.store.clone();
            writers.spawn(async move {
                let mut kept = Vec::new();
                for round in 0..10 {
                    let mut tx = store.write().await.unwrap();
                    let number = tx.next_number().await.unwrap();
                    if (writer + round) % 3 == 0 {
                        drop(tx);
                    } else {
                        tx.seal(vec![]).await.unwrap();
                        kept.push(number.0);
                    }
                }
                kept
            });
        }
        let numbers: Vec<i64> = writers.join_all().await.concat();
        let all: BTreeSet<i64> = numbers.iter().copied().collect();
        assert_eq!(all.len(), numbers.len(), "a number was given twice");
        let last = i64::try_from(numbers.len()).unwrap();
        assert_eq!(all, (1..=last).collect());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_dropped_at_any_point_leaves_all_or_nothing_and_the_next_one_works() {
    on_both(async |db| {
        for polls in 0.. {
            let name = format!("polls-{polls}");
            let change = async {
                let mut tx = db.store.write().await.unwrap();
                tx.put_setting(&name, "first").await.unwrap();
                tx.put_setting(&format!("{name}-too"), "second").await.unwrap();
                tx.seal(vec![event(1, &name)]).await.unwrap();
            };
            let finished = drop_after(polls, change).await;
            let next = timeout(Duration::from_secs(10), async {
                let mut tx = db.store.write().await.unwrap();
                tx.put_setting("next", &name).await.unwrap();
                tx.seal(vec![event(2, "next")]).await.unwrap();
            });
            next.await.expect("the writer is not poisoned");
            let first = db.store.setting(&name).await.unwrap();
            let second = db.store.setting(&format!("{name}-too")).await.unwrap();
            assert_eq!(
                first.is_some(),
                second.is_some(),
                "half a change after {polls} polls"
            );
            if finished {
                assert!(first.is_some());
                break;
            }
        }
        db.store.audit_verify().await.unwrap().unwrap();
    })
    .await;
}

/// Polls the future `polls` times and then drops it where it stands; whether it finished before.
async fn drop_after(polls: usize, future: impl Future<Output = ()>) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(true),
            // Without this the last poll would wait for a wake-up instead of being the last.
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_claimed_once() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        let mut tx = db.store.write().await.unwrap();
        let again = tx
            .claim_submission(&made.submission, &made.requester, later(5))
            .await
            .unwrap();
        assert!(!again);
        drop(tx);
        let of_form = db.store.requests_of_submission(&made.submission).await.unwrap();
        assert_eq!(of_form, [made]);
    })
    .await;
}
