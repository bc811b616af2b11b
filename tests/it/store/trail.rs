//! The trail as stored: gap-free, in time order, and closed to changes.

use apono::audit::chain::Head;
use apono::audit::event::What;
use apono::audit::read::{Page as ReadPage, Read};
use apono::audit::verify::Misfit;
use apono::store::{BegunPost, NextPost, Store, StoreError};
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::fixtures::{event, later};
use crate::support::databases::{START, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_at_once_make_one_trail_without_gaps() {
    on_both(async |db| {
        let before = db.store.head().await.unwrap().seq;
        let mut writers = JoinSet::new();
        for writer in 0..8_u64 {
            let store = db.store.clone();
            writers.spawn(async move {
                for round in 0..5 {
                    let cause = format!("{writer}-{round}");
                    let tx = store.write().await.unwrap();
                    if round == 3 {
                        drop(tx);
                        continue;
                    }
                    tx.seal(vec![event(round, &cause), event(round, &cause)])
                        .await
                        .unwrap();
                }
            });
        }
        writers.join_all().await;
        let head = db.store.audit_verify().await.unwrap().unwrap();
        assert_eq!(head.seq, before + 8 * 4 * 2);
        assert_eq!(head, db.store.head().await.unwrap());
    })
    .await;
}

/// The words of docs/trail-format.md, with nothing of ours but a connection.
#[tokio::test(flavor = "multi_thread")]
async fn anybody_can_verify_the_trail_by_its_description() {
    on_both(async |db| {
        for seconds in 0..5 {
            let tx = db.store.write().await.unwrap();
            tx.seal(vec![event(seconds, "a cause")]).await.unwrap();
        }
        let events = "SELECT seq, hash, payload, kind FROM audit_event ORDER BY seq";
        let (mut seq, mut hash) = (0_i64, vec![0; 32]);
        for row in db.rows(events).await {
            seq += 1;
            assert_eq!(row.try_get::<i64>("", "seq").unwrap(), seq);
            let payload: String = row.try_get("", "payload").unwrap();
            let mut next = Sha256::new();
            next.update(b"apono-audit-v1\0");
            next.update(seq.to_be_bytes());
            next.update(&hash);
            next.update(u32::try_from(payload.len()).unwrap().to_be_bytes());
            next.update(payload.as_bytes());
            hash = next.finalize().to_vec();
            assert_eq!(row.try_get::<String>("", "hash").unwrap(), HEXLOWER.encode(&hash));

            let payload: Value = serde_json::from_str(&payload).unwrap();
            let what = &payload["what"];
            let kind = what
                .as_str()
                .or_else(|| what.as_object()?.keys().next().map(String::as_str));
            assert_eq!(row.try_get::<String>("", "kind").unwrap(), kind.unwrap());
            assert_eq!(payload["v"], 1);
        }
        let head = db.rows("SELECT seq, hash FROM audit_head").await;
        assert_eq!(head[0].try_get::<i64>("", "seq").unwrap(), seq);
        assert_eq!(
            head[0].try_get::<String>("", "hash").unwrap(),
            HEXLOWER.encode(&hash)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_events_never_goes_back() {
    on_both(async |db| {
        let before = db.store.head().await.unwrap().seq;
        for seconds in [10, 5, 20] {
            let tx = db.store.write().await.unwrap();
            tx.seal(vec![event(seconds, "clock"), event(0, "clock")])
                .await
                .unwrap();
        }
        let times: Vec<_> = db
            .store
            .events_after(before, 100)
            .await
            .unwrap()
            .iter()
            .map(|e| e.event.at)
            .collect();
        assert_eq!(times, [10, 10, 10, 10, 20, 20].map(later));
        db.store.audit_verify().await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_install_begins_with_its_genesis() {
    on_both(async |db| {
        let install = db.store.install().await.unwrap();
        assert_eq!(install.as_str().len(), 8);
        assert!(
            install
                .as_str()
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')),
            "{install}"
        );
        let events = db.store.events_after(0, 10).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].event.what.name(), "genesis");
        assert_eq!(
            (events[0].event.install.clone(), events[0].event.at),
            (install, START)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_or_delete_an_event() {
    on_both(async |db| {
        for sql in [
            "UPDATE audit_event SET kind = 'other'",
            "UPDATE audit_event SET payload = '{}' WHERE seq = 1",
            "DELETE FROM audit_event",
        ] {
            let error = db.execute(sql).await.unwrap_err().to_string();
            assert!(error.contains("audit events are never"), "{sql}: {error}");
        }
        db.store.audit_verify().await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_what_somebody_changed_past_the_triggers() {
    on_both(async |db| {
        for round in 0..3 {
            let tx = db.store.write().await.unwrap();
            tx.seal(vec![event(round, "x")]).await.unwrap();
        }
        let head = db.store.head().await.unwrap();
        let verify = async || db.store.audit_verify().await.unwrap();
        let open = if db.is_sqlite() {
            "DROP TRIGGER audit_event_no_update; DROP TRIGGER audit_event_no_delete"
        } else {
            "ALTER TABLE audit_event DISABLE TRIGGER ALL"
        };
        db.execute(open).await.unwrap();

        db.execute("UPDATE audit_head SET seq = 3").await.unwrap();
        assert_eq!(verify().await, Err(Misfit::HeadHash { seq: 3 }));
        let third = db.store.links_after(2, 1).await.unwrap()[0].hash;
        db.execute(&format!("UPDATE audit_head SET hash = '{third}'"))
            .await
            .unwrap();
        assert_eq!(verify().await, Err(Misfit::Head { last: 4, head: 3 }));

        db.execute("DELETE FROM audit_event WHERE seq = 4").await.unwrap();
        assert_eq!(verify().await, Ok(Head { seq: 3, hash: third }));
        assert_ne!(third, head.hash);

        db.execute("UPDATE audit_event SET payload = replace(payload, 'genesis', 'stopped') WHERE seq = 1")
            .await
            .unwrap();
        assert_eq!(verify().await, Err(Misfit::Hash { seq: 1 }));
        db.execute("DELETE FROM audit_event WHERE seq = 1").await.unwrap();
        assert_eq!(
            verify().await,
            Err(Misfit::Gap {
                expected: 1,
                found: 2
            })
        );
    })
    .await;
}

/// The post that was begun and is not known to be there.
async fn begun_of(store: &Store) -> Option<BegunPost> {
    let cursor = store.audit_cursor().await.unwrap();
    store.waiting_posts(cursor, 10).await.unwrap()?.begun
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_is_posted_in_order_and_an_attempt_is_remembered() {
    on_both(async |db| {
        let tx = db.store.write().await.unwrap();
        tx.seal(vec![event(1, "a"), event(1, "b")]).await.unwrap();
        assert_eq!(db.store.audit_cursor().await.unwrap(), 0);

        let first = db.store.begin_audit_posts(1, 1, "C1", later(5)).await.unwrap();
        assert!(first.fresh);
        let again = db.store.begin_audit_posts(1, 2, "C1", later(9)).await.unwrap();
        assert!(!again.fresh);
        assert_eq!((again.last, again.first_attempt_at), (1, later(5)));
        assert_eq!(begun_of(&db.store).await, Some(again));

        let second = BegunPost {
            first: 2,
            last: 2,
            ..first.clone()
        };
        assert!(
            db.store
                .finish_audit_post(&second, "2.0", None, later(9))
                .await
                .is_err(),
            "the second before the first"
        );
        db.store
            .finish_audit_post(&first, "1.0", None, later(9))
            .await
            .unwrap();
        assert!(
            db.store
                .finish_audit_post(&first, "1.1", None, later(9))
                .await
                .is_err(),
            "twice"
        );
        let second = db.store.begin_audit_posts(2, 2, "C1", later(9)).await.unwrap();
        db.store
            .finish_audit_post(&second, "2.0", None, later(9))
            .await
            .unwrap();
        assert_eq!(db.store.audit_cursor().await.unwrap(), 2);
        let last = db.store.last_audit_post().await.unwrap().unwrap();
        assert_eq!((last.seq, last.ts.as_deref()), (2, Some("2.0")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_event_that_comes_next_begins_its_own_post() {
    on_both(async |db| {
        let store = &db.store;
        let expect = |seq, until| {
            let channel = "C1".to_owned();
            store.expect_post(Some(NextPost { seq, channel, until }));
        };
        let seal = async |seconds: &[u64]| {
            let tx = store.write().await.unwrap();
            let events = seconds.iter().map(|seconds| event(*seconds, "a"));
            tx.seal(events.collect()).await.unwrap();
        };
        let begun = async |cursor| {
            let waiting = store.waiting_posts(cursor, 10).await.unwrap().unwrap();
            waiting.begun.map(|begun| (begun.first, begun.last))
        };

        // The first event was there before. The lease is over by then.
        expect(2, Some(later(5)));
        seal(&[5]).await;
        assert_eq!(begun(1).await, None);
        // A run is the poster's to begin, and so is what does not come next.
        expect(3, None);
        seal(&[6, 6]).await;
        assert_eq!(begun(2).await, None);
        expect(6, None);
        seal(&[7]).await;
        assert_eq!(begun(4).await, None);
        expect(6, Some(later(9)));
        let mut dropped = store.write().await.unwrap();
        dropped.put_setting("a", "b").await.unwrap();
        drop(dropped);
        seal(&[8]).await;
        seal(&[8]).await;
        assert_eq!(begun(5).await, Some((6, 6)));
        let waiting = store.waiting_posts(4, 10).await.unwrap().unwrap();
        assert_eq!((waiting.head, waiting.last_begun()), (7, 6));
        assert_eq!(
            waiting.unbegun().len(),
            1,
            "what is begun is no part of another run"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_begun_by_its_event_is_finished_and_the_next_begins_with_it() {
    on_both(async |db| {
        let store = &db.store;
        // The first event was there before.
        let first = store.begin_audit_posts(1, 1, "C1", later(1)).await.unwrap();
        store
            .finish_audit_post(&first, "1.0", None, later(1))
            .await
            .unwrap();
        store.expect_post(Some(NextPost {
            seq: 2,
            channel: "C1".to_owned(),
            until: None,
        }));
        for _ in 0..3 {
            let tx = store.write().await.unwrap();
            tx.seal(vec![event(1, "a")]).await.unwrap();
        }
        let waiting = store.waiting_posts(1, 10).await.unwrap().unwrap();
        let begun = waiting.begun.clone().unwrap();
        assert_eq!(waiting.of(&begun).len(), 1);
        assert_eq!(begun_of(store).await, Some(begun.clone()));
        let next = store
            .finish_audit_post(&begun, "2.0", Some((3, 4)), later(2))
            .await
            .unwrap();
        let next = next.unwrap();
        assert_eq!(store.audit_cursor().await.unwrap(), 2);
        let waiting = store.waiting_posts(2, 10).await.unwrap().unwrap();
        assert_eq!(waiting.of(&next).len(), 2);
        // Somebody else has posted it in the meantime.
        let other = if db.is_sqlite() {
            store.clone()
        } else {
            Store::open(&db.target).await.unwrap()
        };
        other
            .finish_audit_post(&next, "3.0", None, later(3))
            .await
            .unwrap();
        assert!(
            store
                .finish_audit_post(&next, "3.1", None, later(3))
                .await
                .is_err()
        );
        assert!(store.waiting_posts(2, 10).await.is_err());
        assert!(store.waiting_posts(4, 10).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_events_is_begun_forgotten_and_finished_as_one() {
    on_both(async |db| {
        let tx = db.store.write().await.unwrap();
        tx.seal((0..5).map(|_| event(1, "a")).collect()).await.unwrap();
        let first = db.store.begin_audit_posts(1, 1, "C1", later(5)).await.unwrap();
        db.store
            .finish_audit_post(&first, "1.0", None, later(5))
            .await
            .unwrap();
        let run = db.store.begin_audit_posts(2, 4, "C1", later(6)).await.unwrap();
        db.store.forget_audit_post(&run).await.unwrap();
        assert_eq!(begun_of(&db.store).await, None);
        let run = db.store.begin_audit_posts(2, 5, "C1", later(7)).await.unwrap();
        assert!(run.fresh);
        db.store
            .finish_audit_post(&run, "2.0", None, later(8))
            .await
            .unwrap();
        assert_eq!(db.store.audit_cursor().await.unwrap(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gets_no_post_is_passed_over_once_and_is_never_behind() {
    on_both(async |db| {
        let store = &db.store;
        let seal = async |what: What| {
            let tx = store.write().await.unwrap();
            let mut event = event(1, "a");
            event.what = what;
            tx.seal(vec![event]).await.unwrap();
        };
        let read = || {
            What::Read(Read {
                page: ReadPage::Log,
                about: None,
                hour: START,
            })
        };
        let first = store.begin_audit_posts(1, 1, "C1", later(1)).await.unwrap();
        store
            .finish_audit_post(&first, "1.0", None, later(1))
            .await
            .unwrap();
        // It begins no post, even if the next event should.
        store.expect_post(Some(NextPost {
            seq: 2,
            channel: "C1".to_owned(),
            until: None,
        }));
        seal(read()).await;
        seal(read()).await;
        assert_eq!(store.oldest_unposted().await.unwrap(), None);
        let waiting = store.waiting_posts(1, 10).await.unwrap().unwrap();
        assert_eq!(
            (waiting.begun.as_ref(), waiting.unposted_until()),
            (None, Some(3))
        );
        seal(What::Stopped).await;
        assert!(store.oldest_unposted().await.unwrap().is_some());

        store.pass_audit_posts(2, 3, "C1", later(2)).await.unwrap();
        assert_eq!(store.audit_cursor().await.unwrap(), 3);
        let last = store.last_audit_post().await.unwrap().unwrap();
        assert_eq!(
            (last.seq, last.ts.as_deref()),
            (1, Some("1.0")),
            "the channel ends there"
        );
        let again = store.pass_audit_posts(2, 3, "C1", later(3)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
        let waiting = store.waiting_posts(3, 10).await.unwrap().unwrap();
        assert_eq!(waiting.unposted_until(), None);
        let stopped = store.begin_audit_posts(4, 4, "C1", later(3)).await.unwrap();
        store
            .finish_audit_post(&stopped, "4.0", None, later(3))
            .await
            .unwrap();
        assert_eq!(store.oldest_unposted().await.unwrap(), None);
        let alone = store.audit_post_of(4).await.unwrap();
        assert!(
            alone.is_some(),
            "it shares its post with nothing that was passed over"
        );
    })
    .await;
}
