//! Detection Finding: what is not as it was granted, and what should be gone and is not.

use serde_json::json;

use super::class::{Activity, Class, Mapped, Status, members};
use super::{access, objects, sign_in};
use crate::access::anomaly::Kind;
use crate::audit::anomaly::Anomaly;
use crate::audit::event::Event;
use crate::audit::on_target::OnTarget;

const CREATE: Activity = Activity::Known(1, "Create");
const CLOSE: Activity = Activity::Known(3, "Close");

/// What a finding is about.
pub(super) struct Finding<'a> {
    /// The same for all findings of its kind.
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    /// What it was found on; with the kind it names the finding.
    pub(super) on: &'a str,
}

pub(super) fn new(event: &Event, finding: &Finding<'_>) -> Mapped {
    mapped(event, CREATE, Status::New, finding)
}

fn closed(event: &Event, finding: &Finding<'_>) -> Mapped {
    mapped(event, CLOSE, Status::Resolved, finding)
}

fn mapped(event: &Event, activity: Activity, status: Status, finding: &Finding<'_>) -> Mapped {
    let own = json!({
        "evidences": [{ "actor": objects::actor(&event.actor) }],
        "finding_info": {
            "title": finding.title,
            "types": [finding.kind],
            "uid": format!("{}-{}-{}", event.install, finding.kind, finding.on),
        },
        "resources": event.request.as_ref().map(objects::resources).unwrap_or_default(),
    });
    Mapped {
        class: Class::DetectionFinding,
        activity,
        status,
        own: members(own),
    }
}

/// What is unusual about a request, or about the answer to it.
pub(super) fn anomaly(event: &Event, anomaly: &Anomaly) -> Mapped {
    let title = match anomaly.kind {
        Kind::ApprovedAfterRejection => "What was rejected was approved",
        Kind::AfterSilence => "A request after a long silence",
        Kind::ManyAtNight => "Many requests at night",
        Kind::SelfSimilar => "Many requests with the same words",
        Kind::QuickApprover => "Many approvals within seconds",
        Kind::NewResource => "A request for a resource that is new for this person",
        Kind::RefusalsInARow => "Refusals in a row",
    };
    let unusual = Finding {
        kind: anomaly.kind.name(),
        title,
        on: &anomaly.request.to_string(),
    };
    new(event, &unusual)
}

/// What a check of a target came to.
pub(super) fn on_target(event: &Event, found: &OnTarget) -> Mapped {
    let drift = |on| Finding {
        kind: "drift",
        title: "Live access was changed on its target",
        on,
    };
    let ungranted = |on| Finding {
        kind: "ungranted",
        title: "A membership on a target that nobody granted",
        on,
    };
    match found {
        OnTarget::Drift { principal, .. } => new(event, &drift(principal)),
        OnTarget::SetRight { principal, .. } => closed(event, &drift(principal)),
        OnTarget::Ungranted { principal, .. } => new(event, &ungranted(principal)),
        OnTarget::TakenOff { principal } => closed(event, &ungranted(principal)),
        OnTarget::Adopted { principal, .. } => {
            let stray = Finding {
                kind: "stray",
                title: "A login that no request is known for",
                on: principal,
            };
            new(event, &stray)
        }
        OnTarget::LeftOver { principal, .. } => {
            let left_over = Finding {
                kind: "left_over",
                title: "What ended access left behind cannot be removed",
                on: principal,
            };
            new(event, &left_over)
        }
        OnTarget::Ended {
            integration,
            principal,
            ..
        } => access::about_stray(event, access::REVOKE, integration, principal),
        OnTarget::Cleaned {
            integration,
            principal,
            ..
        } => access::about_stray(event, Activity::Other, integration, principal),
        OnTarget::SessionsOrdered { account } => {
            sign_in::on_target(event, account, Activity::Other, Status::Success)
        }
        OnTarget::SessionsEnded { account, .. } => {
            sign_in::on_target(event, account, sign_in::LOGOFF, Status::Success)
        }
        OnTarget::SessionsKept { account, .. } => {
            sign_in::on_target(event, account, sign_in::LOGOFF, Status::Failure)
        }
    }
}
