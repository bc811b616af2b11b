//! The posts of the audit channel, of each kind of event, alone and in a digest.

use std::collections::BTreeSet;

use apono::access::anomaly::Kind;
use apono::access::ids::InstallId;
use apono::audit::chain::Head;
use apono::audit::event::{Actor, Event, Origin, Via};
use apono::audit::name::NAMES;
use apono::slack::views::audit_post::{self, digest};
use apono::store::StoredEvent;
use apono::telling;

use super::config::{House, Script, Sizes};
use super::whats::whats;
use super::{Shown, requests};
use crate::support::databases::START;

pub(super) fn show(house: &House, events: &[StoredEvent], shown: &mut Shown) {
    let words = house.script.text(1, 2_000);
    for stored in events {
        for words in [None, Some(words.as_str())] {
            let post = audit_post::post(stored.seq, &stored.hash, &stored.event, words);
            shown.post(stored.event.what.name(), &post);
        }
    }
    for count in [2, 30, digest::MOST.min(events.len())] {
        shown.post(
            "a digest",
            &digest::digest(&events[..count.min(events.len())], START),
        );
    }
}

/// One of each kind, about a request and, where there is that, about none.
pub(super) fn events(house: &House) -> Vec<StoredEvent> {
    let mut head = Head::EMPTY;
    let mut stored = Vec::new();
    for what in whats(house) {
        for about in [Some(requests::about(house)), None] {
            let origin = Origin {
                via: Via::Slack,
                cause: "test".to_owned(),
                actor: Actor::Person(house.facts(1)),
            };
            let event = Event::new(START, InstallId::new("abcdefgh"), origin, about, what.clone());
            head = head.after(event.canonical().as_bytes());
            stored.push(StoredEvent {
                seq: head.seq,
                hash: head.hash,
                event,
            });
        }
    }
    stored
}

/// The names of all kinds, as the sources of the trail have them.
fn known() -> BTreeSet<&'static str> {
    let sources = [
        include_str!("../../../src/audit/name.rs")
            .split("impl Cause")
            .next()
            .unwrap_or_default(),
        include_str!("../../../src/audit/on_target.rs"),
        include_str!("../../../src/audit/restored.rs"),
        include_str!("../../../src/audit/portal.rs"),
        include_str!("../../../src/audit/sink.rs"),
        include_str!("../../../src/audit/report.rs"),
        include_str!("../../../src/audit/review.rs"),
    ];
    let lines = sources.into_iter().flat_map(str::lines);
    let names = lines.filter_map(|line| line.split_once(" => \"")?.1.split('"').next());
    names.chain(Kind::ALL.map(Kind::name)).collect()
}

/// Every member of `value` below `path`, each once.
fn members(value: &serde_json::Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                members(value, &format!("{path}.{name}"), into);
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                members(item, &format!("{path}[]"), into);
            }
        }
        _ => {
            into.insert(path.to_owned());
        }
    }
}

/// A released kind or field of the trail is never renamed: whatever reads the trail knows it by its name.
#[tokio::test]
async fn every_kind_of_event_is_tried_and_keeps_the_names_of_its_fields() {
    let house = House::new(Sizes::all(2), Script::Markup).await;
    let events = events(&house);
    house.close().await;
    let tried: BTreeSet<&str> = events.iter().map(|stored| stored.event.what.name()).collect();
    assert_eq!(tried, known());
    assert_eq!(BTreeSet::from(NAMES), known());

    let mut names = BTreeSet::new();
    for stored in &events {
        let payload: serde_json::Value = serde_json::from_str(&stored.event.canonical()).unwrap();
        members(&payload, "", &mut names);
    }
    let names: Vec<String> = names.into_iter().collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[tokio::test]
async fn the_audit_log_knows_each_event_by_the_word_of_its_post() {
    let house = House::new(Sizes::all(2), Script::Plain).await;
    let events = events(&house);
    house.close().await;
    let mut found = BTreeSet::new();
    for stored in &events {
        let word = telling::told(&stored.event).word;
        // What is never without a request has no word of its own here.
        if word == "EVENT" {
            continue;
        }
        let known = telling::named::event(word);
        assert!(
            NAMES.contains(&known.as_str()),
            "{word}, which is {}",
            stored.event.what.name()
        );
        found.insert(known);
    }
    for named in ["genesis", "identity_bound", "authority_recorded", "stray_ended"] {
        assert!(found.contains(named), "{named}");
    }
}
