//! What stands around requests: people, messages, the catalogue, policies, words.

use std::collections::BTreeMap;
use std::time::Duration;

use apono::access::ids::PersonId;
use apono::access::people::Home;
use apono::access::request::{Request, State};
use apono::access::resource::Resource;
use apono::access::time::Timestamp;
use apono::store::{
    JobKind, JobSpec, Message, MessageState, ReadMessages, ReadPeople, ReadPolicies, Sighting, Store, Surface,
};
use tokio::task::JoinSet;

use super::fixtures::{account, later, message, moved, person, request, sighting};
use crate::support::databases::{START, on_both};

/// Of cards those of requests that changed within so many hours before the last change.
async fn stale(store: &Store, hours: u64) -> Vec<String> {
    let found = store
        .stale_messages(Duration::from_hours(hours), 10)
        .await
        .unwrap();
    found.into_iter().map(|message| message.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_keeps_its_person_and_an_address_its_first_account() {
    on_both(async |db| {
        let store = &db.store;
        let seen = |name, email| Sighting {
            email,
            shown: email,
            is_pinned: true,
            ..sighting("U0DANA", name)
        };
        let dana = seen("Dana", Some("dana@example.com"));
        let dana = store.keep_account(&dana, START).await.unwrap().id;
        let again = seen("Dana Ito", None);
        let again = store.keep_account(&again, later(1)).await.unwrap().id;
        let other = person(store, "U0EVE").await;
        assert_eq!(dana, again);
        assert_ne!(dana, other);
        let known = store.people_by_id(std::slice::from_ref(&dana)).await.unwrap();
        assert_eq!(known.len(), 1);
        assert_eq!(
            (known[0].name.as_str(), known[0].email.as_deref()),
            ("Dana Ito", Some("dana@example.com"))
        );
        assert_eq!(known[0].account, account("U0DANA"));
        assert_eq!(db.number("SELECT COUNT(*) FROM person").await, 2);

        for (user, pinned) in [("U0DANA", true), ("U0EVE", false), ("U0DANA", true)] {
            let seen = Sighting {
                email: Some("dana@example.com"),
                shown: Some("dana@example.com"),
                is_pinned: true,
                ..sighting(user, user)
            };
            let kept = store.keep_account(&seen, START).await.unwrap();
            assert_eq!(kept.email.is_some(), pinned);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_an_account_is_not_written_again() {
    on_both(async |db| {
        let store = &db.store;
        let home = Home {
            team: "T1".to_owned(),
            enterprise: Some("E1".to_owned()),
        };
        let seen = Sighting {
            home: Some(&home),
            organisations: Some("W0DANA"),
            email: Some("dana@example.com"),
            shown: Some("dana@example.com"),
            is_pinned: true,
            ..sighting("U0DANA", "Dana")
        };
        let first = store.keep_account(&seen, START).await.unwrap();
        assert_eq!(db.number("SELECT COUNT(*) FROM account").await, 2);
        store.watch_costs();
        assert_eq!(store.keep_account(&seen, later(1)).await.unwrap(), first);
        let costs = store.costs();
        assert_eq!(
            costs.values().map(|cost| cost.commits).sum::<u64>(),
            0,
            "{costs:?}"
        );
        assert_eq!(
            costs.values().map(|cost| cost.statements).sum::<u64>(),
            1,
            "{costs:?}"
        );

        let renamed = Sighting {
            name: "Dana Ito",
            ..seen
        };
        assert_eq!(store.keep_account(&renamed, later(2)).await.unwrap(), first);
        let known = store.people_by_id(std::slice::from_ref(&first.id)).await.unwrap();
        assert_eq!(known[0].name, "Dana Ito");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_a_message_is_stays_as_it_is_whatever_was_read_before() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        let card = message(&made, "m1", Surface::RequesterCard);
        let mut tx = db.store.write().await.unwrap();
        tx.want_messages(std::slice::from_ref(&card)).await.unwrap();
        // As it would be if the accounts of two people were joined since.
        let read_before = Message {
            person: PersonId::new("who-it-was-before"),
            ts: Some("1.0".to_owned()),
            ..card.clone()
        };
        tx.put_messages(&[read_before]).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        let kept = Message {
            ts: Some("1.0".to_owned()),
            ..card
        };
        assert_eq!(db.store.messages_of(&made.id).await.unwrap(), [kept]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_wanted_once_and_is_stale_while_it_shows_less_than_is_true() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        let card = message(&made, "m1", Surface::RequesterCard);
        let mut tx = db.store.write().await.unwrap();
        let twice = [
            card.clone(),
            Message {
                id: "m2".to_owned(),
                ..card.clone()
            },
        ];
        assert_eq!(tx.want_messages(&twice).await.unwrap(), 1);
        assert_eq!(tx.want_messages(&twice).await.unwrap(), 0);
        tx.schedule(&JobSpec::at(JobKind::Message, "r1", START))
            .await
            .unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(
            db.store.messages_of(&made.id).await.unwrap(),
            std::slice::from_ref(&card)
        );
        assert_eq!(stale(&db.store, 1).await, [""; 0], "its job is open");

        let shown = Message {
            channel: Some("D1".to_owned()),
            ts: Some("1.0".to_owned()),
            shown_version: Some(1),
            state: MessageState::Shown,
            first_attempt_at: Some(later(1)),
            ..card
        };
        let mut tx = db.store.write().await.unwrap();
        tx.unschedule(JobKind::Message, "r1").await.unwrap();
        let notice = message(&made, "m3", Surface::NoticeGranted);
        assert_eq!(tx.want_messages(&[notice]).await.unwrap(), 1);
        let behind = Message {
            shown_version: Some(0),
            ..shown.clone()
        };
        tx.put_messages(&[behind]).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(stale(&db.store, 1).await, ["m1", "m3"]);

        let other = request(&db.store, "r2").await;
        let mut tx = db.store.write().await.unwrap();
        let other_later = Request {
            changed_at: later(7_200),
            ..moved(&other, State::Approved)
        };
        tx.update_request(&other_later, 1).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(stale(&db.store, 3).await, ["m1", "m3"]);
        assert_eq!(
            stale(&db.store, 1).await,
            ["m3"],
            "no card of a request that changed long before the last change"
        );

        let mut tx = db.store.write().await.unwrap();
        let notice = Message {
            id: "m3".to_owned(),
            surface: Surface::NoticeGranted,
            ..shown.clone()
        };
        tx.put_messages(&[shown.clone(), notice]).await.unwrap();
        tx.update_request(&moved(&made, State::Approved), 1)
            .await
            .unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(
            stale(&db.store, 3).await,
            ["m1"],
            "a notice says what was true then"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_replaced_whole() {
    on_both(async |db| {
        let resource = |name: &str| Resource {
            resource_type: "Database".to_owned(),
            id: name.to_owned(),
            name: name.to_owned(),
            path: format!("db:5432/{name}"),
            tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
            permissions: vec!["read".to_owned(), "write".to_owned()],
            owner: None,
        };
        let many: Vec<Resource> = (0..2_500)
            .map(|number| resource(&format!("db{number:04}")))
            .collect();
        for found in [many, vec![resource("orders"), resource("billing")]] {
            let mut tx = db.store.write().await.unwrap();
            tx.replace_catalogue("orders-db", &found, START).await.unwrap();
            tx.seal(vec![]).await.unwrap();
            let mut sorted = found;
            sorted.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(db.store.catalogue("orders-db").await.unwrap(), sorted);
        }
        assert_eq!(db.store.catalogue("other").await.unwrap(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_settings_and_words_are_kept() {
    on_both(async |db| {
        let store = &db.store;
        assert_eq!(store.active_policy().await.unwrap(), None);
        for digest in ["d1", "d2", "d1"] {
            let mut tx = store.write().await.unwrap();
            tx.activate_policy(digest, "version = 1", Timestamp::from_micros(5))
                .await
                .unwrap();
            assert_eq!(tx.active_policy().await.unwrap().as_deref(), Some(digest));
            tx.seal(vec![]).await.unwrap();
        }
        assert_eq!(store.active_policy().await.unwrap().as_deref(), Some("d1"));
        assert_eq!(db.number("SELECT COUNT(*) FROM policy_version").await, 2);

        let made = request(store, "r1").await;
        assert_eq!(
            store.words_one(&made.justification).await.unwrap().as_deref(),
            Some("debug #812")
        );
        db.execute("UPDATE words SET body = NULL").await.unwrap();
        assert_eq!(store.words(&[made.justification]).await.unwrap().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_seen_by_many_at_once_is_one_person() {
    on_both(async |db| {
        let mut seen = JoinSet::new();
        for _ in 0..8 {
            let store = db.store.clone();
            seen.spawn(async move { person(&store, "U0DANA").await });
        }
        let mut people = seen.join_all().await;
        people.dedup();
        assert_eq!(people.len(), 1, "{people:?}");
        assert_eq!(db.number("SELECT COUNT(*) FROM person").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn joined_people_keep_all_generations_of_their_messages_in_order() {
    on_both(async |db| {
        let request = request(&db.store, "r1").await;
        let omar = person(&db.store, "U0OMAR").await;
        let priya = person(&db.store, "U0PRIYA").await;
        let mut tx = db.store.write().await.unwrap();
        for (id, person, generation) in [
            ("m1", &omar, 1),
            ("m2", &priya, 1),
            ("m3", &priya, 2),
            ("m4", &priya, 3),
        ] {
            let message = Message {
                person: person.clone(),
                generation,
                ..message(&request, id, Surface::ApproverCard)
            };
            assert_eq!(tx.want_messages(&[message]).await.unwrap(), 1);
        }
        tx.join_people(&omar, &priya).await.unwrap();
        let mut joined = tx.messages_of(&request.id).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        joined.sort_by_key(|message| message.generation);
        let ids: Vec<_> = joined.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["m1", "m2", "m3", "m4"]);
        assert!(joined.iter().all(|message| message.person == omar));
    })
    .await;
}
