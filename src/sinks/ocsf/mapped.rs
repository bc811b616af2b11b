//! Which class each kind of event is in.

use super::access::{self, ASSIGN, REVOKE};
use super::class::{Activity, Mapped, Status};
use super::entity::{self, CREATE, RESUME, SUSPEND, UPDATE};
use super::finding::{self, Finding};
use super::{lifecycle, reading, reporting, sign_in};
use crate::audit::event::{Event, What};
use crate::audit::restored::Restored;

pub(super) fn mapped(event: &Event) -> Mapped {
    let entity = |activity, about| entity::about(event, activity, Status::Success, about);
    match &event.what {
        What::Granted { .. } => access::about(event, ASSIGN, Status::Success),
        What::Revoked(_) | What::Expired(_) => access::about(event, REVOKE, Status::Success),
        What::Requested { .. }
        | What::Approved { .. }
        | What::Rejected { .. }
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Revoking { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::ExtensionAsked { .. }
        | What::Extended { .. }
        | What::ExtensionConfirmed { .. }
        | What::ExtensionRejected { .. }
        | What::ExtensionLapsed { .. }
        | What::TurnedDown { .. } => access::about(event, Activity::Other, Status::Success),
        What::Failed { .. }
        | What::Refused { .. }
        | What::RefusedAgain { .. }
        | What::ExtensionFailed { .. }
        | What::NotReached { .. } => access::about(event, Activity::Other, Status::Failure),
        What::PolicyChanged { to_digest, .. } => entity(UPDATE, entity::policy(Some(to_digest))),
        What::PolicyChangedFurther { .. } => entity(UPDATE, entity::policy(None)),
        What::ReloadRefused { .. } => entity::about(event, UPDATE, Status::Failure, entity::policy(None)),
        What::TokensExchanged { .. } => entity(UPDATE, entity::other("tokens", "Slack app")),
        What::AuthorityRecorded { integration, .. } => {
            entity(CREATE, entity::other("certificate authority", integration))
        }
        What::AuthorityRefused { integration, .. } => {
            let authority = entity::other("certificate authority", integration);
            entity::about(event, Activity::Other, Status::Failure, authority)
        }
        What::Blocked { person, .. } => entity(SUSPEND, entity::person(person)),
        What::Unblocked { person } => entity(RESUME, entity::person(person)),
        What::Frozen { integration, .. } => entity(SUSPEND, entity::other("integration", integration)),
        What::Thawed { integration } => entity(RESUME, entity::other("integration", integration)),
        What::RevokeAll { whole, .. } => entity(Activity::Other, entity::whole(whole)),
        What::Joined { person, .. } | What::AddressAccepted { now: person, .. } => {
            entity(UPDATE, entity::person(person))
        }
        What::Restored(restored) => database(event, restored),
        What::ToSink(to_sink) => entity::sink(event, to_sink),
        What::Reporting(what) => reporting::reporting(event, what),
        What::Reviewing(what) => reporting::reviewing(event, what),
        What::OnTarget(found) => finding::on_target(event, found),
        What::Overdue(_) => {
            let number = event.request.as_ref().map(|request| request.number.to_string());
            let overdue = Finding {
                kind: "overdue",
                title: "Access that should be gone could not be revoked yet",
                on: &number.unwrap_or_default(),
            };
            finding::new(event, &overdue)
        }
        What::Anomaly(anomaly) => finding::anomaly(event, anomaly),
        What::Portal(portal) => sign_in::portal(event, portal),
        What::Read(read) => reading::read(event, read),
        What::Exported(exported) => reading::exported(event, exported),
        What::Genesis => lifecycle::about(lifecycle::INSTALL),
        What::Started { .. } => lifecycle::about(lifecycle::START),
        What::Stopped => lifecycle::about(lifecycle::STOP),
        What::Day(_) => lifecycle::about(Activity::Other),
    }
}

fn database(event: &Event, restored: &Restored) -> Mapped {
    match restored {
        Restored::Found { .. } => {
            let older = Finding {
                kind: "restored",
                title: "The database is older than what the audit channel shows",
                on: "database",
            };
            finding::new(event, &older)
        }
        Restored::Accepted { .. } | Restored::Moved { .. } => entity::about(
            event,
            Activity::Other,
            Status::Success,
            entity::other("database", "apono"),
        ),
    }
}
