//! The inbox: nothing that was acknowledged is lost, and nothing counts twice.

use std::collections::HashMap;
use std::time::Duration;

use apono::store::{InboxLease, Received, StoreError};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::fixtures::{LEASE, later};
use crate::support::databases::{START, TestDatabase, on_both};

async fn receive(db: &TestDatabase, key: &str, lease: Duration) -> Received {
    db.store
        .receive(key, "decision", r#"{"a":1}"#, START, "me", lease)
        .await
        .unwrap()
}

async fn receive_new(db: &TestDatabase, key: &str, lease: Duration) -> InboxLease {
    match receive(db, key, lease).await {
        Received::New(lease) => lease,
        Received::Known { .. } => panic!("{key} was known"),
    }
}

async fn handle(db: &TestDatabase, lease: &InboxLease) -> Result<(), StoreError> {
    let mut tx = db.store.write().await.unwrap();
    tx.handled(lease, "approved").await?;
    tx.seal(vec![]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_envelope_is_new_once_and_its_payload_goes_when_it_is_handled() {
    on_both(async |db| {
        let lease = receive_new(db, "e1", LEASE).await;
        assert_eq!(receive(db, "e1", LEASE).await, Received::Known { handled: false });
        assert_eq!(db.store.inbox_open().await.unwrap(), 1);

        handle(db, &lease).await.unwrap();
        assert_eq!(receive(db, "e1", LEASE).await, Received::Known { handled: true });
        assert_eq!(db.store.inbox_open().await.unwrap(), 0);
        assert_eq!(
            db.number("SELECT COUNT(*) FROM inbox WHERE body IS NOT NULL")
                .await,
            0
        );
        assert_eq!(handle(db, &lease).await, Err(StoreError::Stale), "handled once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_adopted_only_when_its_lease_is_over_and_then_its_former_holder_cannot_handle_it() {
    on_both(async |db| {
        let dead = receive_new(db, "e1", Duration::ZERO).await;
        receive_new(db, "e2", LEASE).await;
        let rows = db.store.adopt_inbox("other", LEASE, 10).await.unwrap();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(
            (row.lease.key.as_str(), row.body.as_str(), row.attempt),
            ("e1", r#"{"a":1}"#, 2)
        );
        assert_eq!(db.store.adopt_inbox("third", LEASE, 10).await.unwrap(), []);

        assert_eq!(handle(db, &dead).await, Err(StoreError::Stale));
        handle(db, &row.lease).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_arrives_handled_and_only_once() {
    on_both(async |db| {
        for first in [true, false] {
            let mut tx = db.store.write().await.unwrap();
            assert_eq!(tx.insert_handled("form-1", "form", START).await.unwrap(), first);
            tx.seal(vec![]).await.unwrap();
        }
        assert_eq!(
            receive(db, "form-1", LEASE).await,
            Received::Known { handled: true }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_understands_stays_and_handled_rows_go_after_their_time() {
    on_both(async |db| {
        let strange = receive_new(db, "strange", LEASE).await;
        db.store.not_understood(&strange, "no such type").await.unwrap();
        assert_eq!(
            db.store.not_understood(&strange, "twice").await,
            Err(StoreError::Stale)
        );
        let handled = receive_new(db, "handled", LEASE).await;
        handle(db, &handled).await.unwrap();
        receive_new(db, "open", LEASE).await;

        assert_eq!(db.store.prune_inbox(START).await.unwrap(), 0);
        assert_eq!(db.store.prune_inbox(later(1)).await.unwrap(), 1);
        assert_eq!(
            db.number("SELECT COUNT(*) FROM inbox WHERE body IS NOT NULL")
                .await,
            2
        );
        assert_eq!(db.store.adopt_inbox("other", LEASE, 10).await.unwrap(), []);
    })
    .await;
}

/// What arrives at the same time: the number of an envelope, and whether it is one that arrives handled.
fn arrivals() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0_u8..20, any::<bool>()), 1..60)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_arrives_at_once_each_envelope_is_new_exactly_once() {
    on_both(async |db| {
        let cases = Config {
            cases: 40,
            ..Config::default()
        };
        let mut case = 0;
        let property = |arrivals: Vec<(u8, bool)>| {
            case += 1;
            let arrive = arrivals.iter().map(async |(number, handled)| {
                let key = format!("{case}-{number}");
                let new = if *handled {
                    db.store.receive_handled(&key, "form", START).await.unwrap()
                } else {
                    matches!(receive(db, &key, LEASE).await, Received::New(_))
                };
                (key, new)
            });
            let arrived = block_in_place(|| Handle::current().block_on(join_all(arrive)));
            let mut times_new: HashMap<String, u32> = HashMap::new();
            for (key, new) in arrived {
                *times_new.entry(key).or_default() += u32::from(new);
            }
            prop_assert!(times_new.values().all(|times| *times == 1), "{times_new:?}");
            Ok(())
        };
        let property = std::cell::RefCell::new(property);
        let run = TestRunner::new(cases).run(&arrivals(), |arrivals| (property.borrow_mut())(arrivals));
        if let Err(error) = run {
            panic!("{error}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_settle_a_row_at_once_one_does() {
    on_both(async |db| {
        let leases =
            join_all((0..30).map(|n| async move { receive_new(db, &format!("e{n}"), LEASE).await })).await;
        let settle = leases
            .iter()
            .chain(&leases)
            .map(|lease| db.store.settle(lease, "answered"));
        let settled = join_all(settle).await;
        let (done, stale): (Vec<_>, Vec<_>) = settled.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), stale.len()), (30, 30));
        assert!(stale.iter().all(|outcome| *outcome == Err(StoreError::Stale)));
        assert_eq!(db.store.inbox_open().await.unwrap(), 0);
        let answered = "SELECT COUNT(*) FROM inbox WHERE outcome = 'answered' AND body IS NULL";
        assert_eq!(db.number(answered).await, 30);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_that_the_database_refuses_takes_no_other_with_it() {
    on_both(async |db| {
        // PostgreSQL keeps no text with a zero byte in it; SQLite does.
        let refused = "zero\0byte";
        let keys: Vec<String> = (0..20)
            .map(|n| {
                if n == 7 {
                    refused.to_owned()
                } else {
                    format!("e{n}")
                }
            })
            .collect();
        let received = join_all(keys.iter().map(|key| {
            let received = db.store.receive(key, "decision", "{}", START, "me", LEASE);
            async move { (key, received.await) }
        }))
        .await;
        for (key, received) in received {
            if key == refused && !db.is_sqlite() {
                assert!(matches!(received, Err(StoreError::Refused(_))), "{received:?}");
            } else {
                assert_eq!(
                    received,
                    Ok(Received::New(InboxLease {
                        key: key.clone(),
                        fence: 1
                    }))
                );
            }
        }
    })
    .await;
}
