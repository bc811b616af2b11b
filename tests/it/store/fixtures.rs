//! Rows that tests start from.

use std::time::Duration;

use apono::access::grant::{Grant, Granted};
use apono::access::ids::{InstallId, PersonId, RequestId, SubmissionId, TextId};
use apono::access::people::{Because, SlackAccount};
use apono::access::request::{Request, State, Unit};
use apono::access::time::Timestamp;
use apono::audit::event::{Actor, Event, Origin, Via, What};
use apono::audit::words::Words;
use apono::store::{Decision, DecisionVerdict, Message, MessageState, Sighting, Store, Surface};

use crate::support::databases::START;

pub(crate) const LEASE: Duration = Duration::from_mins(5);

pub(crate) fn later(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

pub(crate) fn account(user: &str) -> SlackAccount {
    SlackAccount {
        enterprise: None,
        team: Some("T1".to_owned()),
        user: user.to_owned(),
    }
}

pub(crate) async fn person(store: &Store, user: &str) -> PersonId {
    store.keep_account(&sighting(user, user), START).await.unwrap().id
}

/// A look at an account that shows no address.
pub(crate) fn sighting<'a>(user: &str, name: &'a str) -> Sighting<'a> {
    Sighting {
        home: None,
        account: account(user),
        organisations: None,
        name,
        email: None,
        shown: None,
        is_pinned: false,
    }
}

/// A pending request by U0DANA, stored.
pub(crate) async fn request(store: &Store, id: &str) -> Request {
    let dana = person(store, "U0DANA").await;
    let mut tx = store.write().await.unwrap();
    let submission = SubmissionId::new(format!("form-{id}"));
    assert!(tx.claim_submission(&submission, &dana, START).await.unwrap());
    let words = Words::new(
        TextId::new(format!("words-{id}")),
        [7; 16],
        "debug #812".to_owned(),
    );
    tx.insert_words(&words).await.unwrap();
    let unit = |permission: &str| Unit {
        resource_id: "orders".to_owned(),
        resource_name: "orders".to_owned(),
        permission: permission.to_owned(),
    };
    let request = Request {
        id: RequestId::new(id),
        number: tx.next_number().await.unwrap(),
        submission,
        requester: dana.clone(),
        grantee: dana,
        integration: "orders-db".to_owned(),
        kind: "postgres".to_owned(),
        resource_type: "Database".to_owned(),
        units: vec![unit("write"), unit("read")],
        flows: vec!["Developers on orders".to_owned()],
        policy_digest: "digest".to_owned(),
        duration: Duration::from_hours(2),
        justification: words.id,
        state: State::Pending,
        version: 1,
        created_at: START,
        changed_at: START,
        answer_due: later(3_600),
    };
    tx.insert_request(&request).await.unwrap();
    tx.seal(vec![]).await.unwrap();
    request
}

/// The same request in another state, one version on.
pub(crate) fn moved(request: &Request, state: State) -> Request {
    Request {
        state,
        version: request.version + 1,
        changed_at: request.changed_at.plus(Duration::from_secs(1)),
        ..request.clone()
    }
}

pub(crate) fn grant(request: &Request) -> Grant {
    Grant {
        request: request.id.clone(),
        granted: Granted {
            integration: request.integration.clone(),
            kind: request.kind.clone(),
            principal: format!("apono_abcdefgh_ar{}_dana", request.number.0),
            target: serde_json::json!({"host": "db.example.com", "port": 5432}),
            credentials_until: None,
        },
        until: later(7_200),
        tries: 1,
        first_tried_at: START,
        confirmed_at: None,
        target_deadline: None,
        ended_at: None,
        sessions_ended: None,
        proof: None,
        cleaned_at: None,
    }
}

pub(crate) fn decision(request: &Request, id: &str, person: &PersonId) -> Decision {
    Decision {
        id: id.to_owned(),
        request: request.id.clone(),
        person: person.clone(),
        verdict: DecisionVerdict::Approve,
        decided_as: Because::Group("sre".to_owned()),
        reason: None,
        decided_at: later(60),
        counts: true,
    }
}

pub(crate) fn message(request: &Request, id: &str, surface: Surface) -> Message {
    Message {
        id: id.to_owned(),
        request: request.id.clone(),
        person: request.requester.clone(),
        surface,
        extension: 0,
        generation: 1,
        channel: None,
        ts: None,
        shown_version: None,
        state: MessageState::Wanted,
        first_attempt_at: None,
        retry: None,
    }
}

/// An event that happened `seconds` after the start.
pub(crate) fn event(seconds: u64, cause: &str) -> Event {
    let origin = Origin {
        via: Via::Worker,
        cause: cause.to_owned(),
        actor: Actor::Apono,
    };
    Event::new(
        later(seconds),
        InstallId::new("abcdefgh"),
        origin,
        None,
        What::Stopped,
    )
}
