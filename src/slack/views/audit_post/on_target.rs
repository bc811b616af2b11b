//! What was found on a target, as the audit channel tells it.

use crate::access::reconcile::Drift;
use crate::audit::event::RequestFacts;
use crate::audit::on_target::OnTarget;

use super::super::wording;
use super::Place;
use super::fields::Field;

pub(super) const fn mark(found: &OnTarget) -> (&'static str, &'static str) {
    match found {
        OnTarget::Drift { .. } => ("🧭", "DRIFT"),
        OnTarget::SetRight { .. } => ("🧭", "SET RIGHT"),
        OnTarget::Adopted { .. } => ("🧭", "ADOPTED"),
        OnTarget::Ended { .. } => ("🔒", "ENDED"),
        OnTarget::Cleaned { .. } => ("🧹", "CLEANED UP"),
    }
}

/// Where the post of a request's event stands.
pub(super) const fn place(found: &OnTarget) -> Place {
    match found {
        OnTarget::Drift { .. } | OnTarget::Adopted { .. } | OnTarget::Ended { .. } => Place::Broadcast,
        OnTarget::SetRight { .. } | OnTarget::Cleaned { .. } => Place::Thread,
    }
}

/// The rest of the headline about a request.
pub(super) fn about_request(found: &OnTarget, about: &RequestFacts) -> String {
    let integration = &about.integration;
    let whose = format!("{}, {}", wording::grantee(about).name, wording::access(about));
    match found {
        OnTarget::Drift { found, .. } => format!("on {integration} {}: {whose}", found.join("; ")),
        OnTarget::SetRight { .. } => format!("{integration} holds exactly what was granted again: {whose}"),
        OnTarget::Ended { .. } => format!("on {integration} it stood there again: {whose}"),
        OnTarget::Cleaned { .. } | OnTarget::Adopted { .. } => alone(found),
    }
}

/// The same where no request of ours is known.
pub(super) fn alone(found: &OnTarget) -> String {
    match found {
        OnTarget::Drift { principal, found, .. } => format!("{principal}: {}", found.join("; ")),
        OnTarget::SetRight { principal, .. } => format!("{principal} is what was granted again"),
        OnTarget::Adopted {
            integration,
            number,
            until,
            ..
        } => format!("{number} on {integration}, which I know nothing of, until {until}"),
        OnTarget::Ended {
            integration, number, ..
        } => format!("{number} on {integration}, which I know nothing of: its time is over"),
        OnTarget::Cleaned {
            integration, summary, ..
        } => format!("{summary} on {integration}"),
    }
}

/// `about_one`: the post says already which integration it is about.
pub(super) fn fields(found: &OnTarget, about_one: bool) -> Vec<Field> {
    let on = |integration: &String| (!about_one).then(|| ("Integration", integration.clone()));
    match found {
        OnTarget::Drift {
            principal,
            found,
            then,
        } => {
            let then = match then {
                Drift::Observe | Drift::Warn => "nothing is changed; somebody has to look at it",
                Drift::Enforce => "it is set right, or ended where that cannot be done",
            };
            vec![
                ("Target account", principal.clone()),
                ("On the target", found.join("; ")),
                ("What follows", then.to_owned()),
            ]
        }
        OnTarget::SetRight { principal, until } => vec![
            ("Target account", principal.clone()),
            ("Until", until.to_string()),
        ],
        OnTarget::Adopted {
            integration,
            principal,
            until,
            gives,
            ..
        } => {
            let mut fields: Vec<Field> = on(integration).into_iter().collect();
            fields.extend([
                ("Target account", principal.clone()),
                ("Gives", gives.join(", ")),
                ("Until", until.to_string()),
            ]);
            fields
        }
        OnTarget::Ended {
            integration,
            principal,
            why,
            sessions_ended,
            proof,
            ..
        } => {
            let mut fields: Vec<Field> = on(integration).into_iter().collect();
            fields.extend([
                ("Target account", principal.clone()),
                ("Why", why.clone()),
                ("Sessions ended", sessions_ended.to_string()),
                ("Proof", proof.clone()),
            ]);
            fields
        }
        OnTarget::Cleaned { principal, .. } => vec![("Target account", principal.clone())],
    }
}
