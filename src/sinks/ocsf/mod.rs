//! Events in the words of the Open Cybersecurity Schema Framework, version 1.8.0. Pure: no I/O.
//!
//! Invariant: every kind of event is a valid event of its class. `raw_data` is the exact text that was hashed, so nothing is lost
//! and everything can be verified.

mod access;
mod class;
mod entity;
mod finding;
mod lifecycle;
mod mapped;
mod objects;
mod reading;
mod reporting;
mod sign_in;

use serde_json::{Value, json};

use class::Class;

use super::Record;
use super::severity::Severity;
use crate::audit::event::Event;

const VERSION: &str = "1.8.0";

/// One JSON object.
pub(super) fn event(record: &Record) -> Value {
    let event = &record.event;
    let mapped = mapped::mapped(event);
    let (class, activity) = (mapped.class, mapped.activity);
    let (severity, severity_id) = severity(Severity::of(&event.what));
    let (status_id, status) = mapped.status.in_schema();
    let base = json!({
        "activity_id": activity.id(),
        "activity_name": activity.name().map_or_else(|| spoken(event.what.name()), str::to_owned),
        "category_name": class.category_name(),
        "category_uid": class.category(),
        "class_name": class.name(),
        "class_uid": class.uid(),
        "message": record.message,
        "metadata": metadata(record, class),
        "raw_data": record.payload,
        "severity": severity,
        "severity_id": severity_id,
        "status": status,
        "status_id": status_id,
        "time": event.at.micros().div_euclid(1_000),
        "type_name": format!("{}: {}", class.name(), activity.name().unwrap_or("Other")),
        "type_uid": class.uid() * 100 + activity.id(),
        "unmapped": {
            "hash": record.hash.to_string(),
            "words": record.words.values().collect::<Vec<_>>(),
        },
    });
    let mut all = mapped.own;
    all.extend(base.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

fn metadata(record: &Record, class: Class) -> Value {
    let Event {
        at,
        install,
        via,
        request,
        what,
        ..
    } = &record.event;
    let mut metadata = json!({
        "event_code": what.name(),
        "log_name": "audit trail",
        "log_source": via.name(),
        "original_time": at.to_rfc3339(),
        "product": { "name": "apono", "vendor_name": "apono", "version": env!("CARGO_PKG_VERSION") },
        "profiles": class.profiles(),
        "sequence": record.seq,
        "tenant_uid": install.to_string(),
        "uid": record.id(),
        "version": VERSION,
    });
    if let Some(request) = request {
        metadata["correlation_uid"] = format!("{install}-{}", request.number).into();
    }
    metadata
}

/// As the schema has it: name and number.
const fn severity(severity: Severity) -> (&'static str, u8) {
    match severity {
        Severity::Informational => ("Informational", 1),
        Severity::Low => ("Low", 2),
        Severity::Medium => ("Medium", 3),
        Severity::High => ("High", 4),
        Severity::Critical => ("Critical", 5),
    }
}

/// `Extension asked` for `extension_asked`.
fn spoken(name: &str) -> String {
    let words = name.replace('_', " ");
    let (first, rest) = words.split_at(1.min(words.len()));
    first.to_uppercase() + rest
}
