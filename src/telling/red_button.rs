//! What is said before and after everything of one person, or everything on an integration, ends.

use crate::integrations::Guarantees;
use crate::usecases::red_button::{Extent, Pressed, Scope};

use super::wording;

/// What would end, in a sentence.
pub fn what_ends(scope: &Scope, extent: &Extent) -> String {
    let live = match extent.counts.granted {
        0 => None,
        1 => Some("1 live grant".to_owned()),
        count => Some(format!("{count} live grants")),
    };
    let approved = match extent.counts.approved {
        0 => None,
        1 => Some("1 approved request in progress".to_owned()),
        count => Some(format!("{count} approved requests in progress")),
    };
    let all: Vec<String> = live
        .into_iter()
        .chain(approved)
        .chain(wording::strays(extent.strays))
        .collect();
    let all = all.join(" and ");
    match scope {
        Scope::Of(person) => {
            format!(
                "This ends {all}: everything {} ({}) has.",
                person.name, person.account.user
            )
        }
        Scope::On(integration) => format!("This ends {all}: everything on {integration}, whoever has it."),
    }
}

/// How it ends, and what does not end with it.
pub fn besides(scope: &Scope, extent: &Extent, guarantees: Option<&Guarantees>) -> Vec<String> {
    let mut sentences = Vec::new();
    if let (Scope::On(integration), Some(_), 1..) = (scope, guarantees, extent.counts.granted) {
        let how = wording::early_end(guarantees);
        sentences.push(format!("Access to {integration} ends {how}."));
    }
    let waiting = match extent.counts.pending {
        0 => None,
        1 => Some("1 request is waiting for an answer and stays".to_owned()),
        count => Some(format!("{count} requests are waiting for an answer and stay")),
    };
    if let Some(waiting) = waiting {
        sentences.push(match scope {
            Scope::Of(person) if extent.may_brake => {
                format!("{waiting}, unless {} is also blocked.", person.name)
            }
            Scope::Of(_) => format!("{waiting}."),
            Scope::On(integration) => {
                format!("{waiting}; while {integration} is frozen, nothing is granted on it.")
            }
        });
    }
    match extent.counts.revoking {
        0 => {}
        1 => sentences.push("1 more is already being revoked.".to_owned()),
        count => sentences.push(format!("{count} more are already being revoked.")),
    }
    sentences
}

/// Nothing would end.
pub fn nothing(scope: &Scope) -> String {
    let name = match scope {
        Scope::Of(person) => &person.name,
        Scope::On(integration) => integration,
    };
    format!("{name} has no live access and no approved requests in progress, so there is nothing to revoke.")
}

/// What says when the target has confirmed it, of one request and of several: in Slack, and in the portal.
pub const CARDS: [&str; 2] = ["Its card", "Their cards"];
pub const PAGES: [&str; 2] = ["Its page", "Their pages"];

/// What was done. Nothing says "revoked" until the targets were read back.
pub fn said(scope: &Scope, pressed: Pressed, braked: bool, [its, their]: [&str; 2]) -> String {
    let all = match scope {
        Scope::Of(person) => format!("everything {} had", person.name),
        Scope::On(integration) => format!("everything on {integration}"),
    };
    let requests = match pressed.requests {
        0 if pressed.strays > 0 => None,
        0 => Some("There was no live access or approved request left, so nothing is revoked.".to_owned()),
        1 => Some(format!(
            "1 request is being revoked: {all}. {its} will say when the target has confirmed it."
        )),
        count => Some(format!(
            "{count} requests are being revoked: {all}. {their} will say when the target has confirmed it."
        )),
    };
    let strays = wording::strays(pressed.strays).map(|strays| {
        format!("Being revoked: {strays}. The audit channel will say when the target has confirmed it.")
    });
    let kept_out = braked.then(|| match scope {
        Scope::Of(person) => format!(
            "{} is blocked, and their waiting requests are closed.",
            person.name
        ),
        Scope::On(integration) => format!("{integration} is frozen."),
    });
    let said: Vec<String> = requests.into_iter().chain(strays).chain(kept_out).collect();
    said.join(" ")
}
