//! User Access Management: what is asked for, decided, granted and ended.

use serde_json::{Value, json};

use super::class::{Activity, Class, Mapped, Status, members};
use super::objects;
use crate::audit::event::Event;

pub(super) const ASSIGN: Activity = Activity::Known(1, "Assign Privileges");
pub(super) const REVOKE: Activity = Activity::Known(2, "Revoke Privileges");

/// About the access of the event's request; without one, about who acted.
pub(super) fn about(event: &Event, activity: Activity, status: Status) -> Mapped {
    let Some(request) = &event.request else {
        let user = objects::acting(&event.actor);
        return mapped(event, activity, status, user, json!({ "privileges": [] }));
    };
    let user = objects::user(request.grantee.as_ref().unwrap_or(&request.requester));
    let what = json!({
        "privileges": request.permissions,
        "resources": objects::resources(request),
    });
    mapped(event, activity, status, user, what)
}

/// About a login on a target that no live request is known for.
pub(super) fn about_stray(event: &Event, activity: Activity, integration: &str, principal: &str) -> Mapped {
    let resource = json!({ "name": integration, "type": "integration" });
    let what = json!({ "privileges": [], "resources": [resource] });
    mapped(
        event,
        activity,
        Status::Success,
        objects::unknown(principal),
        what,
    )
}

fn mapped(event: &Event, activity: Activity, status: Status, user: Value, what: Value) -> Mapped {
    let mut own = members(what);
    own.insert("actor".to_owned(), objects::actor(&event.actor));
    own.insert("user".to_owned(), user);
    Mapped {
        class: Class::UserAccess,
        activity,
        status,
        own,
    }
}
