//! Entity Management: the config, keys, brakes, people and sinks, as admins and operators change them.

use serde_json::{Map, Value, json};

use super::class::{Activity, Class, Mapped, Status};
use super::objects;
use crate::audit::event::{Event, PersonFacts, Whole};
use crate::audit::sink::ToSink;

pub(super) const CREATE: Activity = Activity::Known(1, "Create");
pub(super) const UPDATE: Activity = Activity::Known(3, "Update");
pub(super) const SUSPEND: Activity = Activity::Known(12, "Suspend");
pub(super) const RESUME: Activity = Activity::Known(13, "Resume");

pub(super) fn about(event: &Event, activity: Activity, status: Status, entity: Value) -> Mapped {
    let mut own = Map::new();
    own.insert("actor".to_owned(), objects::actor(&event.actor));
    own.insert("entity".to_owned(), entity);
    Mapped {
        class: Class::EntityManagement,
        activity,
        status,
        own,
    }
}

/// The config; its digest is known once it is in use.
pub(super) fn policy(digest: Option<&String>) -> Value {
    let mut policy = json!({ "name": "config.toml", "type": "Policy", "type_id": 5 });
    if let Some(digest) = digest {
        policy["version"] = digest.as_str().into();
    }
    policy
}

pub(super) fn person(person: &PersonFacts) -> Value {
    json!({ "type": "User", "type_id": 2, "user": objects::user(person) })
}

/// What the schema has no number for.
pub(super) fn other(kind: &str, name: &str) -> Value {
    json!({ "name": name, "type": kind, "type_id": 99 })
}

/// What a red button is about.
pub(super) fn whole(whole: &Whole) -> Value {
    match whole {
        Whole::Person(facts) => person(facts),
        Whole::Integration(name) => other("integration", name),
    }
}

/// What an operator did with a sink; what a sink refuses is an error of the application.
pub(super) fn sink(event: &Event, to_sink: &ToSink) -> Mapped {
    match to_sink {
        ToSink::Replayed { sink, .. } | ToSink::Tested { sink } => {
            about(event, Activity::Other, Status::Success, other("sink", sink))
        }
        ToSink::SetAside { .. } => super::lifecycle::error(),
    }
}
