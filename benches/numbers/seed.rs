//! The content of the bot's own database for a measurement: live access as the bot itself creates it, and many copies of one
//! request made with SQL. A seeded request has no events in the trail, because SQL cannot create those.

use std::time::Duration;

use apono::access::grant::{Grant, Granted};
use apono::access::ids::{PersonId, RequestId, RequestNumber, SubmissionId, TextId};
use apono::access::people::{Because, SlackAccount};
use apono::access::request::{Request, State, Unit};
use apono::access::time::Timestamp;
use apono::audit::words::Words;
use apono::clock::{Clock, SystemClock};
use apono::store::{
    Decision, DecisionVerdict, JobKind, JobSpec, Message, MessageState, Sighting, Store, Surface, Tx,
};

/// A notice says that access ends this long before it does.
const NOTICE_AHEAD: Duration = Duration::from_mins(10);

/// Requests in one commit.
const IN_A_COMMIT: usize = 100;

/// What a request is about.
pub(crate) struct About {
    pub(crate) integration: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) resource_type: &'static str,
    pub(crate) unit: Unit,
}

/// Who made the request, and who approved it.
pub(crate) struct People {
    pub(crate) requester: PersonId,
    pub(crate) approver: PersonId,
}

pub(crate) async fn people(store: &Store) -> People {
    People {
        requester: person(store, "U0DANA").await,
        approver: person(store, "U0OMAR").await,
    }
}

pub(crate) async fn person(store: &Store, user: &str) -> PersonId {
    let account = SlackAccount {
        enterprise: None,
        team: Some("T0TEAM".to_owned()),
        user: user.to_owned(),
    };
    let seen = Sighting {
        shown: None,
        home: None,
        account,
        organisations: None,
        name: "dana",
        email: None,
        is_pinned: false,
    };
    store.keep_account(&seen, SystemClock.now()).await.unwrap().id
}

/// The request with this number.
pub(crate) fn id_of(number: RequestNumber) -> RequestId {
    RequestId::new(format!("seed-{}", number.0))
}

/// Commits live access with everything that belongs to it: request, words, decision, grant, shown cards, timers.
pub(crate) async fn put(
    store: &Store,
    people: &People,
    about: &About,
    live: &[(RequestNumber, Granted, Timestamp)],
) {
    for some in live.chunks(IN_A_COMMIT) {
        let mut tx = store.write().await.unwrap();
        for (number, granted, until) in some {
            put_one(&mut tx, people, about, *number, granted, *until).await;
        }
        tx.seal(Vec::new()).await.unwrap();
    }
}

async fn put_one(
    tx: &mut Tx,
    people: &People,
    about: &About,
    number: RequestNumber,
    granted: &Granted,
    until: Timestamp,
) {
    let now = SystemClock.now();
    let id = id_of(number);
    let submission = SubmissionId::new(id.as_str());
    assert!(
        tx.claim_submission(&submission, &people.requester, now)
            .await
            .unwrap()
    );
    let words = Words::new(TextId::new(id.as_str()), [7; 16], "a measurement".to_owned());
    tx.insert_words(&words).await.unwrap();
    let request = Request {
        id: id.clone(),
        number,
        submission,
        requester: people.requester.clone(),
        grantee: people.requester.clone(),
        integration: about.integration.to_owned(),
        kind: about.kind.to_owned(),
        resource_type: about.resource_type.to_owned(),
        units: vec![about.unit.clone()],
        flows: vec!["Developers".to_owned()],
        policy_digest: "0".repeat(64),
        duration: Duration::from_hours(1),
        justification: words.id,
        state: State::Granted,
        version: 3,
        created_at: now,
        changed_at: now,
        answer_due: now,
    };
    tx.insert_request(&request).await.unwrap();
    tx.insert_decision(&Decision {
        id: id.to_string(),
        request: id.clone(),
        person: people.approver.clone(),
        verdict: DecisionVerdict::Approve,
        decided_as: Because::Named,
        reason: None,
        decided_at: now,
        counts: true,
    })
    .await
    .unwrap();
    tx.put_grant(&Grant {
        request: id.clone(),
        granted: granted.clone(),
        until,
        tries: 1,
        first_tried_at: now,
        confirmed_at: Some(now),
        target_deadline: Some(until),
        ended_at: None,
        sessions_ended: None,
        proof: None,
        cleaned_at: None,
    })
    .await
    .unwrap();
    for (surface, person) in [
        (Surface::RequesterCard, &people.requester),
        (Surface::ApproverCard, &people.approver),
    ] {
        let shown = Message {
            id: format!("{id}-{surface:?}"),
            request: id.clone(),
            person: person.clone(),
            surface,
            extension: 0,
            generation: 1,
            channel: Some("D0SEED".to_owned()),
            ts: Some(format!("1700000000.{:06}", number.0)),
            shown_version: Some(request.version),
            state: MessageState::Shown,
            first_attempt_at: Some(now),
            retry: None,
        };
        tx.put_messages(&[shown]).await.unwrap();
    }
    tx.schedule(&JobSpec::at(JobKind::Expire, id.as_str(), until))
        .await
        .unwrap();
    let announced = until.minus(NOTICE_AHEAD);
    if announced > now {
        tx.schedule(&JobSpec::at(JobKind::EndingSoon, id.as_str(), announced))
            .await
            .unwrap();
    }
}
