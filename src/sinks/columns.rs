//! An event as a row, for products that give each field one type forever: a fixed set of texts, numbers and lists of texts.
//!
//! What happened is in `event`, as the exact text that was hashed. In it, one member can be a text in one event and an object in the
//! next, so such products would refuse one of the two.

use serde_json::{Map, Value};

use super::Record;
use super::severity::Severity;
use crate::access::people::Account;
use crate::audit::event::{Actor, PersonFacts};

/// The columns that the event has; what it does not have is left out.
pub(super) fn of(record: &Record) -> Map<String, Value> {
    let event = &record.event;
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("seq", record.seq.into());
    put("hash", record.hash.to_string().into());
    put("at", event.at.to_rfc3339().into());
    put("install", event.install.to_string().into());
    put("kind", event.what.name().into());
    put("family", event.what.family().name().into());
    put("severity", Severity::of(&event.what).name().into());
    put("via", event.via.name().into());
    put("message", record.message.clone().into());
    put("actor", actor(&event.actor).into());
    if let Actor::Person(person) = &event.actor {
        put("actor_id", person.id.to_string().into());
    }
    if let Some(integration) = event.integration() {
        put("integration", integration.clone().into());
    }
    if let Some(request) = &event.request {
        put("request", request.number.to_string().into());
        put("requester", person(&request.requester).into());
        if let Some(grantee) = &request.grantee {
            put("grantee", person(grantee).into());
        }
        put("resource_type", request.resource_type.clone().into());
        put("resources", request.resources.clone().into());
        put("permissions", request.permissions.clone().into());
    }
    if !record.words.is_empty() {
        put("words", record.words.values().cloned().collect::<Vec<_>>().into());
    }
    put("event", record.payload.clone().into());
    row
}

fn actor(actor: &Actor) -> &str {
    match actor {
        Actor::Apono => "apono",
        Actor::Person(facts) => person(facts),
        Actor::Stranger {
            account: Account { id, .. },
            ..
        } => id,
    }
}

/// By what other systems know them too.
fn person(person: &PersonFacts) -> &str {
    person.email.as_ref().unwrap_or(&person.account.id)
}
