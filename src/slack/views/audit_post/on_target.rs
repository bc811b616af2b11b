//! What was found on a target, as the audit channel tells it.

use crate::access::reconcile::Drift;
use crate::audit::event::{Actor, RequestFacts};
use crate::audit::on_target::OnTarget;

use super::super::{timeline, wording};
use super::Place;
use super::fields::Field;

pub(super) const fn mark(found: &OnTarget) -> (&'static str, &'static str) {
    match found {
        OnTarget::Drift { .. } => ("🧭", "DRIFT"),
        OnTarget::SetRight { .. } => ("🧭", "SET RIGHT"),
        OnTarget::Ungranted { .. } => ("🚷", "UNGRANTED"),
        OnTarget::TakenOff { .. } => ("🧭", "TAKEN OFF"),
        OnTarget::SessionsOrdered { .. } => ("🟥", "END SESSIONS"),
        OnTarget::SessionsEnded { .. } => ("🔒", "SESSIONS ENDED"),
        OnTarget::SessionsKept { .. } => ("⚠️", "SESSIONS NOT ENDED"),
        OnTarget::LeftOver { .. } => ("⚠️", "NOT CLEANED UP"),
        OnTarget::Adopted { .. } => ("🧭", "ADOPTED"),
        OnTarget::Ended { .. } => ("🔒", "ENDED"),
        OnTarget::Cleaned { .. } => ("🧹", "CLEANED UP"),
    }
}

/// Where the post of a request's event stands.
pub(super) const fn place(found: &OnTarget) -> Place {
    match found {
        OnTarget::Drift { .. }
        | OnTarget::Ungranted { .. }
        | OnTarget::SessionsEnded { .. }
        | OnTarget::SessionsKept { .. }
        | OnTarget::Adopted { .. }
        | OnTarget::Ended { .. }
        | OnTarget::LeftOver { .. } => Place::Broadcast,
        OnTarget::SetRight { .. }
        | OnTarget::TakenOff { .. }
        | OnTarget::SessionsOrdered { .. }
        | OnTarget::Cleaned { .. } => Place::Thread,
    }
}

/// The rest of the headline about a request.
pub(super) fn about_request(found: &OnTarget, actor: &Actor, about: &RequestFacts) -> String {
    let integration = &about.integration;
    let whose = format!("{}, {}", wording::grantee(about).named(), wording::access(about));
    match found {
        OnTarget::Drift { found, .. } | OnTarget::Ungranted { found, .. } => {
            format!("on {integration} {}: {whose}", found.join("; "))
        }
        OnTarget::TakenOff { .. } => {
            format!("nobody has it on {integration} whom nobody granted it: {whose}")
        }
        OnTarget::SessionsOrdered { account } => {
            format!("of {account} on {integration}, by {}", timeline::actor(actor))
        }
        OnTarget::SessionsEnded {
            account,
            sessions,
            by,
        } => format!("of {account} on {integration}, as {by} ordered: {sessions}"),
        OnTarget::SessionsKept { account, by, .. } => {
            format!("of {account} on {integration}, as {by} ordered")
        }
        OnTarget::LeftOver { .. } => format!("what it left on {integration} stays there: {whose}"),
        OnTarget::SetRight { .. } => format!("{integration} holds exactly what was granted again: {whose}"),
        OnTarget::Ended { .. } => format!("on {integration} it stood there again: {whose}"),
        OnTarget::Cleaned { .. } | OnTarget::Adopted { .. } => alone(found),
    }
}

/// The same where no request of ours is known.
pub(super) fn alone(found: &OnTarget) -> String {
    match found {
        OnTarget::Drift { principal, found, .. } | OnTarget::Ungranted { principal, found, .. } => {
            format!("{principal}: {}", found.join("; "))
        }
        OnTarget::TakenOff { principal } => format!("nobody has {principal} whom nobody granted it"),
        OnTarget::SessionsOrdered { account }
        | OnTarget::SessionsEnded { account, .. }
        | OnTarget::SessionsKept { account, .. } => format!("sessions of {account}"),
        OnTarget::LeftOver {
            integration,
            principal,
            ..
        } => format!("what {principal} left on {integration} stays there"),
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
        OnTarget::Ungranted { principal, found, .. } => vec![
            ("Target account", principal.clone()),
            ("On the target", found.join("; ")),
            (
                "What follows",
                "it is taken off at once; where that cannot be done, the access ends. Sessions of others go on until an admin ends them"
                    .to_owned(),
            ),
        ],
        OnTarget::SessionsOrdered { account } => vec![("Account", account.clone())],
        OnTarget::SessionsEnded {
            account,
            sessions,
            by,
        } => vec![
            ("Account", account.clone()),
            ("Sessions ended", sessions.to_string()),
            ("Ordered by", by.clone()),
        ],
        OnTarget::SessionsKept { account, by, .. } => {
            vec![("Account", account.clone()), ("Ordered by", by.clone())]
        }
        OnTarget::LeftOver {
            integration,
            principal,
            since,
            tries,
            ..
        } => {
            let mut fields: Vec<Field> = on(integration).into_iter().collect();
            fields.extend([
                ("Target account", principal.clone()),
                ("Access ended", since.to_string()),
                ("Tries", tries.to_string()),
            ]);
            fields
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
        OnTarget::TakenOff { principal } | OnTarget::Cleaned { principal, .. } => {
            vec![("Target account", principal.clone())]
        }
    }
}

/// What went wrong, in words that have to be read whole.
pub(super) const fn error(found: &OnTarget) -> Option<(&'static str, &String)> {
    match found {
        OnTarget::SessionsKept { why, .. } => Some(("Why", why)),
        OnTarget::LeftOver { last_error, .. } => Some(("Last error", last_error)),
        OnTarget::Drift { .. }
        | OnTarget::SetRight { .. }
        | OnTarget::Ungranted { .. }
        | OnTarget::TakenOff { .. }
        | OnTarget::SessionsOrdered { .. }
        | OnTarget::SessionsEnded { .. }
        | OnTarget::Adopted { .. }
        | OnTarget::Ended { .. }
        | OnTarget::Cleaned { .. } => None,
    }
}
