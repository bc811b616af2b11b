//! Why people may not do what they tried, in sentences addressed to them.

use crate::access::duration::spoken;
use crate::access::extension::ExtensionRefusal;
use crate::access::forbidden::{Forbidden, Tried};
use crate::access::people::Standing;
use crate::access::policy::{NobodyBecause, Refusal};

use super::causes;

const BLOCKED: &str =
    "An admin blocked you here, so you cannot do that. You can still give back access you have.";

/// For somebody who has no account in Slack.
pub const READS_ONLY: &str = "Without a Slack account you can only read.";

/// Why it may not be done.
pub fn forbidden(why: &Forbidden) -> String {
    let fixed = match why {
        Forbidden::Policy(refusal) => return refused(refusal),
        Forbidden::NotAllowedAnyMore(refusal) => {
            let why = causes::refused(refusal);
            return format!("This request cannot be granted: {why}. Nothing was changed.");
        }
        Forbidden::TooManyOpen { most } => {
            return format!(
                "You have reached the limit of open requests at once ({most}). Give one back, or wait for one to end."
            );
        }
        Forbidden::TooManyAsked { most } => {
            return format!(
                "You have reached the limit of requests within an hour ({most}). Please wait a while and try again."
            );
        }
        Forbidden::Extension(refusal) => return extension(refusal),
        Forbidden::NotAnApprover => "You are not an approver of this request, so nothing was changed.",
        Forbidden::NoAddress => {
            "Slack has not confirmed your email address, or another account had it before. I cannot use it to identify you, so nothing was changed."
        }
        Forbidden::NotThisCard => "This is not the card I sent you for this request, so nothing was changed.",
        Forbidden::OwnRequest => "You cannot decide your own request. Somebody else has to.",
        Forbidden::NotYours => "This is somebody else's request, so you cannot do that.",
        Forbidden::AdminsOnly => "Only an admin may do that.",
        Forbidden::NotOnYourself => "You cannot do that to yourself: another admin has to do it.",
        Forbidden::PolicyNotActive => {
            "I am running with a different config than the rest of this installation, so I cannot decide anything. Please tell an admin."
        }
        Forbidden::Account(standing) => account(*standing),
        Forbidden::Blocked => BLOCKED,
        Forbidden::ReadsOnly => READS_ONLY,
        Forbidden::AnotherApp => "That was meant for another app, so nothing was changed.",
        Forbidden::Various => "too many different refusals to list them",
    };
    fixed.to_owned()
}

/// Why policy refuses it.
pub fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::StaleFacts => {
            "I could not look people up in Slack just now, so nothing was changed. Please try again in a minute."
                .to_owned()
        }
        Refusal::RequesterUnknown => "I do not know this person in this workspace.".to_owned(),
        Refusal::RequesterNotAllowed(standing) => account(*standing).to_owned(),
        Refusal::Blocked => BLOCKED.to_owned(),
        Refusal::Frozen { integration } => {
            format!("An admin froze {integration}. Nothing new is granted on it until it is thawed.")
        }
        Refusal::RevokeOnly => {
            "My database was restored from an older backup, so I only revoke access until an operator accepts that. Nothing was changed."
                .to_owned()
        }
        Refusal::NoFlow { unit, nearest } => {
            let what = format!("{} on {}", unit.permission, unit.resource_name);
            let nearest = nearest.as_ref().map_or_else(String::new, |nearest| {
                format!(" The closest is \"{}\".{}", nearest.name, ask(nearest.contact.as_deref()))
            });
            format!("No access flow lets you request {what}.{nearest}")
        }
        Refusal::TooLong { flow, max } => format!("The flow \"{flow}\" allows at most {}.", spoken(*max)),
        Refusal::NoAccount { integration, contact } => {
            let contact = contact.as_deref().unwrap_or("an admin");
            format!(
                "{integration} gives access to people's own accounts, and none is set up for you there. Ask {contact} to add yours."
            )
        }
        Refusal::NobodyCanDecide { flow, why, contact } => {
            let why = match why {
                NobodyBecause::OnlyTheRequester => {
                    "you are its only approver, and nobody can decide their own request"
                }
                NobodyBecause::NoneActive => "none of its approvers is an active member of this workspace",
                NobodyBecause::Blocked => "an admin blocked its other approvers",
            };
            let ask = ask(contact.as_deref());
            format!("Nobody can answer this under the flow \"{flow}\": {why}.{ask}")
        }
    }
}

/// Why access is not extended.
pub fn extension(refusal: &ExtensionRefusal) -> String {
    match refusal {
        ExtensionRefusal::NotAllowed => {
            "Its access flow does not allow extensions, so nothing was changed.".to_owned()
        }
        ExtensionRefusal::NoneLeft { times: 1 } => {
            "It was extended once, which is the most its access flow allows.".to_owned()
        }
        ExtensionRefusal::NoneLeft { times } => {
            format!("It was extended {times} times, which is the most its access flow allows.")
        }
        ExtensionRefusal::TooLong { each } => {
            format!("Its access flow allows at most {} per extension.", spoken(*each))
        }
        ExtensionRefusal::OneIsPending => "An extension is already waiting for an answer.".to_owned(),
    }
}

/// `click`, `form`, `/apono revoke`.
pub fn tried(tried: &Tried) -> String {
    match tried {
        Tried::Click => "click".to_owned(),
        Tried::Form => "form".to_owned(),
        Tried::Shortcut => "shortcut".to_owned(),
        Tried::Message => "message".to_owned(),
        Tried::Event => "event".to_owned(),
        Tried::Command(Some(word)) => format!("/apono {word}"),
        Tried::Command(None) => "command".to_owned(),
        Tried::Various => "several actions".to_owned(),
    }
}

/// Why an account cannot do anything here.
pub const fn account(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "You may not do that.",
        Standing::Guest => "Guest accounts may not do that.",
        Standing::Deactivated => "This account is deactivated.",
        Standing::Bot => "Bots and workflows may not do that.",
        Standing::Outsider => "Your account belongs to another workspace, so you may not do that here.",
    }
}

fn ask(contact: Option<&str>) -> String {
    contact.map_or_else(String::new, |contact| format!(" Ask {contact} about it."))
}
