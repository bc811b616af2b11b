//! Authentication: who signs in to the portal, and sessions that end.

use serde_json::{Value, json};

use super::class::{Activity, Class, Mapped, Status, members};
use super::{entity, objects};
use crate::audit::event::Event;
use crate::audit::portal::Portal;

const LOGON: Activity = Activity::Known(1, "Logon");
pub(super) const LOGOFF: Activity = Activity::Known(2, "Logoff");

pub(super) fn portal(event: &Event, portal: &Portal) -> Mapped {
    let service = json!({ "name": "apono portal" });
    match portal {
        Portal::SignedIn {
            session,
            address,
            until,
            issuer,
            ..
        } => {
            let mut own = json!({
                "is_remote": true,
                "service": service,
                "session": { "expiration_time": until.micros().div_euclid(1_000), "uid": session },
                "src_endpoint": { "ip": address },
                "user": objects::acting(&event.actor),
            });
            if let Some(issuer) = issuer {
                own["auth_protocol"] = "OpenID".into();
                own["auth_protocol_id"] = 4.into();
                own["session"]["issuer"] = issuer.as_str().into();
            }
            mapped(event, LOGON, Status::Success, own)
        }
        Portal::SignedOut { person, .. } => {
            let own = json!({ "service": service, "user": objects::user(person) });
            mapped(event, LOGOFF, Status::Success, own)
        }
        Portal::IdentityBound { person, .. } => {
            entity::about(event, entity::UPDATE, Status::Success, entity::person(person))
        }
    }
}

/// Sessions of an account on a target.
pub(super) fn on_target(event: &Event, account: &str, activity: Activity, status: Status) -> Mapped {
    let target = event
        .request
        .as_ref()
        .map_or("target", |it| it.integration.as_str());
    let own = json!({ "service": { "name": target }, "user": objects::unknown(account) });
    mapped(event, activity, status, own)
}

fn mapped(event: &Event, activity: Activity, status: Status, own: Value) -> Mapped {
    let mut own = members(own);
    own.insert("actor".to_owned(), objects::actor(&event.actor));
    Mapped {
        class: Class::Authentication,
        activity,
        status,
        own,
    }
}
