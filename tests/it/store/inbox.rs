//! The inbox: nothing that was acknowledged is lost, and nothing counts twice.

use std::time::Duration;

use apono::store::{InboxLease, Received, StoreError};

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
    tx.seal(vec![]).await.map(|_| ())
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
