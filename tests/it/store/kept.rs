//! What is written is what is read back, and questions about it get the right rows.

use apono::access::filter::Filter;
use apono::access::grant::Grant;
use apono::access::ids::PersonId;
use apono::access::reader::Reader;
use apono::access::request::{FailCause, RejectCause, Request, RevokeCause, State};
use apono::store::{JobKind, JobSpec, Page, ReadDecisions, ReadGrants, ReadRequests, StoreError};

use super::fixtures::{decision, grant, later, moved, person, request};
use crate::support::databases::{TestDatabase, on_both};

async fn put_grant(db: &TestDatabase, grant: &Grant) {
    let mut tx = db.store.write().await.unwrap();
    tx.put_grant(grant).await.unwrap();
    tx.seal(vec![]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_a_request_is_read_back() {
    on_both(async |db| {
        let mut now = request(&db.store, "r1").await;
        assert_eq!(db.store.request(&now.id).await.unwrap().as_ref(), Some(&now));
        assert_eq!(
            db.store.request_by_number(now.number).await.unwrap().as_ref(),
            Some(&now)
        );
        let mut states = vec![State::Approved, State::Granted, State::Cancelled, State::Expired];
        states.extend([RejectCause::ByApprover, RejectCause::Lapsed].map(State::Rejected));
        states.extend(RevokeCause::ALL.map(State::Revoking));
        states.extend(RevokeCause::ALL.map(State::Revoked));
        states.extend(FailCause::ALL.map(State::Failed));
        for state in states {
            let next = moved(&now, state);
            let mut tx = db.store.write().await.unwrap();
            tx.update_request(&next, now.version).await.unwrap();
            assert_eq!(tx.request(&now.id).await.unwrap().as_ref(), Some(&next));
            tx.seal(vec![]).await.unwrap();
            now = next;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_is_an_error_that_names_it() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        db.execute("UPDATE request SET state = 'lost'").await.unwrap();
        let error = db.store.request(&made.id).await.unwrap_err();
        assert_eq!(error.to_string(), "request r1 is inconsistent: unknown state");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_found_by_person_page_and_state() {
    on_both(async |db| {
        let mut made: Vec<Request> = Vec::new();
        for id in ["r1", "r2", "r3"] {
            made.push(request(&db.store, id).await);
        }
        let mut tx = db.store.write().await.unwrap();
        for (request, state) in [(&made[0], State::Expired), (&made[1], State::Granted)] {
            tx.update_request(&moved(request, state), 1).await.unwrap();
        }
        tx.seal(vec![]).await.unwrap();

        let numbers = |found: Vec<Request>| found.iter().map(|request| request.number.0).collect::<Vec<_>>();
        let (store, dana) = (&db.store, &made[0].requester);
        let omar = person(store, "U0OMAR").await;
        let read = async |who, page| {
            let reader = Reader::own(PersonId::clone(who));
            let found = store
                .requests_like(&reader, &Filter::default(), page, 2)
                .await
                .unwrap();
            let found = found.map(|found| found.request);
            (numbers(found.items), found.newer, found.older)
        };
        assert_eq!(read(dana, Page::First).await, (vec![3, 2], false, true));
        assert_eq!(read(dana, Page::Before(2)).await, (vec![1], true, false));
        assert_eq!(read(dana, Page::After(1)).await, (vec![3, 2], false, true));
        assert_eq!(read(&omar, Page::First).await, (vec![], false, false));
        let own = |person: &PersonId| Reader::own(person.clone());
        for (who, live) in [
            (Reader::operator(), vec![2]),
            (own(dana), vec![2]),
            (own(&omar), vec![]),
        ] {
            let found = store
                .with_live_access(&who, &Filter::default(), Page::First, 2)
                .await
                .unwrap();
            assert_eq!(numbers(found.items), live);
        }
        assert_eq!(numbers(store.open_requests_of(dana).await.unwrap()), [2, 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_decision_counts_once_until_it_is_voided() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        let omar = person(&db.store, "U0OMAR").await;
        let mut tx = db.store.write().await.unwrap();
        tx.insert_decision(&decision(&made, "d1", &omar)).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let twice = tx.insert_decision(&decision(&made, "d2", &omar)).await;
        assert_eq!(twice, Err(StoreError::Conflict));
        drop(tx);

        let mut tx = db.store.write().await.unwrap();
        tx.void_decisions(&made.id).await.unwrap();
        tx.insert_decision(&decision(&made, "d2", &omar)).await.unwrap();
        tx.seal(vec![]).await.unwrap();
        let stored = db.store.decisions(&made.id).await.unwrap();
        let mut first = decision(&made, "d1", &omar);
        first.counts = false;
        assert_eq!(stored, [first, decision(&made, "d2", &omar)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_one_row_that_changes_and_is_counted_while_it_lives() {
    on_both(async |db| {
        let made = request(&db.store, "r1").await;
        let mut grant = grant(&made);
        put_grant(db, &grant).await;
        assert_eq!(
            db.store
                .write()
                .await
                .unwrap()
                .live_grant_count(&made.grantee)
                .await
                .unwrap(),
            0,
            "not confirmed"
        );
        grant.confirmed_at = Some(later(1));
        grant.target_deadline = Some(grant.until);
        grant.tries = 2;
        put_grant(db, &grant).await;
        db.execute("UPDATE request SET state = 'granted'").await.unwrap();
        assert_eq!(
            db.store
                .write()
                .await
                .unwrap()
                .live_grant_count(&made.grantee)
                .await
                .unwrap(),
            1
        );
        grant.ended_at = Some(later(9));
        grant.sessions_ended = Some(3);
        grant.proof = Some("login locked, 0 sessions".to_owned());
        put_grant(db, &grant).await;
        assert_eq!(
            db.store
                .write()
                .await
                .unwrap()
                .live_grant_count(&made.grantee)
                .await
                .unwrap(),
            0
        );
        assert_eq!(db.store.grant(&made.id).await.unwrap(), Some(grant));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_grants_never_share_a_principal() {
    on_both(async |db| {
        let (one, two) = (request(&db.store, "r1").await, request(&db.store, "r2").await);
        put_grant(db, &grant(&one)).await;
        let mut thief = grant(&two);
        thief.granted.principal = grant(&one).granted.principal;
        let mut tx = db.store.write().await.unwrap();
        let refused = tx.put_grant(&thief).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_grant_without_a_timer_is_found() {
    on_both(async |db| {
        let (one, two) = (request(&db.store, "r1").await, request(&db.store, "r2").await);
        put_grant(db, &grant(&one)).await;
        put_grant(db, &grant(&two)).await;
        let mut tx = db.store.write().await.unwrap();
        tx.schedule(&JobSpec::at(JobKind::Expire, one.id.as_str(), later(9)))
            .await
            .unwrap();
        tx.schedule(&JobSpec::at(JobKind::Message, two.id.as_str(), later(9)))
            .await
            .unwrap();
        tx.seal(vec![]).await.unwrap();
        assert_eq!(
            db.store.grants_without_timer().await.unwrap(),
            std::slice::from_ref(&two.id)
        );
        put_grant(
            db,
            &Grant {
                ended_at: Some(later(9)),
                ..grant(&two)
            },
        )
        .await;
        assert_eq!(db.store.grants_without_timer().await.unwrap(), []);
    })
    .await;
}
