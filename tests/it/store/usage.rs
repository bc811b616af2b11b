//! What is kept about how access was used, on both databases.

use apono::access::filter::Filter;
use apono::access::reader::Reader;
use apono::access::usage::{Looks, Seen, Sessions, Tells, Usage, Used};
use apono::store::{Page, Store};

use super::fixtures::{grant, later, request};
use crate::support::databases::{START, on_both};

/// What the row of the request says.
async fn word(store: &Store) -> Option<Used> {
    let all = store
        .requests_like(&Reader::operator(), &Filter::default(), Page::First, 10)
        .await
        .unwrap();
    all.items[0].used
}

fn sessions(count: u32, names: std::ops::Range<u32>) -> Sessions {
    let mut sessions = Sessions {
        count,
        ..Sessions::default()
    };
    for name in names {
        sessions.applications.add(&format!("psql {name}"));
        sessions.addresses.add(&format!("192.0.2.{name}"));
    }
    sessions
}

#[tokio::test]
async fn what_is_seen_adds_up_and_the_word_follows() {
    on_both(async |db| {
        let store = &db.store;
        let request = request(store, "r1").await;
        let mut tx = store.write().await.unwrap();
        tx.put_grant(&grant(&request)).await.unwrap();
        tx.begin_usage(&request.id, Tells::Sessions).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(word(store).await, Some(Used::Never));

        let mut tx = store.write().await.unwrap();
        tx.note_shown(&request.id, later(1)).await.unwrap();
        let nobody = Looks::at(later(2), &Sessions::default());
        tx.add_looks(&request.id, &nobody).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(word(store).await, Some(Used::NotSeen));

        let mut tx = store.write().await.unwrap();
        for second in 3..50 {
            // A grantee with another name at each look.
            let looks = Looks::at(later(u64::from(second)), &sessions(second, second..second + 3));
            tx.add_looks(&request.id, &looks).await.unwrap();
        }
        let last = Looks::at(later(60), &Sessions::default());
        let known = tx.close_usage(&request.id, Some(&last)).await;
        tx.seal(vec![]).await.unwrap();
        assert_eq!(word(store).await, Some(Used::Seen));
        let usage = store.usage_of(&request.id).await.unwrap().unwrap();
        assert_eq!(known.unwrap().as_ref(), Some(&usage), "as it was stored");
        let looks = usage.looks.clone().unwrap();
        let expected = Usage {
            tells: Tells::Sessions,
            shown: 1,
            shown_at: Some(later(1)),
            looks: Some(Looks {
                count: 49,
                from: later(2),
                last: later(60),
                sessions: 0,
                most_at_once: 49,
                seen: Some(Seen {
                    first: later(3),
                    last: later(49),
                }),
                ..looks.clone()
            }),
        };
        assert_eq!(usage, expected);
        for few in [&looks.applications, &looks.addresses] {
            assert!(few.kept.len() == 5 && few.more, "{few:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_about_access_that_an_earlier_version_granted() {
    on_both(async |db| {
        let request = request(&db.store, "r1").await;
        let mut tx = db.store.write().await.unwrap();
        tx.note_shown(&request.id, START).await.unwrap();
        let looks = Looks::at(START, &sessions(1, 0..1));
        tx.add_looks(&request.id, &looks).await.unwrap();
        assert_eq!(tx.close_usage(&request.id, Some(&looks)).await.unwrap(), None);
        tx.seal(vec![]).await.unwrap();
        assert_eq!(word(&db.store).await, None);
        assert_eq!(db.store.usage_of(&request.id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_look_that_comes_after_the_end_adds_nothing() {
    on_both(async |db| {
        let request = request(&db.store, "r1").await;
        let mut tx = db.store.write().await.unwrap();
        tx.begin_usage(&request.id, Tells::Sessions).await.unwrap();
        let mut ended = grant(&request);
        ended.ended_at = Some(START);
        tx.put_grant(&ended).await.unwrap();
        let looks = Looks::at(START, &sessions(1, 0..1));
        tx.add_looks(&request.id, &looks).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        let usage = db.store.usage_of(&request.id).await.unwrap();
        assert_eq!(usage, Some(Usage::none(Tells::Sessions)));
    })
    .await;
}
