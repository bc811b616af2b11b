//! Why somebody may not do what they tried, said to them, in sentences.

use crate::access::duration::spoken;
use crate::access::extension::ExtensionRefusal;
use crate::access::forbidden::{Forbidden, Tried};
use crate::access::people::Standing;
use crate::access::policy::{NobodyBecause, Refusal};

use super::causes;

const BLOCKED: &str =
    "An admin blocked you here, so you may not do that. You can still give back what you have.";

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
                "At most {most} of your requests can be open at once. Give one back, or wait for one to end."
            );
        }
        Forbidden::TooManyAsked { most } => {
            return format!(
                "You made {most} requests within an hour, which is the most there can be. Please wait a little."
            );
        }
        Forbidden::Extension(refusal) => return extension(refusal),
        Forbidden::NotAnApprover => {
            "You are not among the approvers of this request, so nothing was changed."
        }
        Forbidden::NoAddress => {
            "Slack does not confirm your e-mail address, or another account had it before. It stands for nobody here, so nothing was changed."
        }
        Forbidden::NotThisCard => {
            "This is not the card that I sent you for this request, so nothing was changed."
        }
        Forbidden::OwnRequest => "You cannot decide your own request. Somebody else has to.",
        Forbidden::NotYours => "This request is somebody else's, so you may not do that.",
        Forbidden::AdminsOnly => "Only an admin may do that.",
        Forbidden::NotOnYourself => "Not about yourself: another admin has to do that.",
        Forbidden::PolicyNotActive => {
            "I run with another config than the rest of this installation, so I decide nothing. Please tell an admin."
        }
        Forbidden::Account(standing) => account(*standing),
        Forbidden::Blocked => BLOCKED,
        Forbidden::AnotherApp => "It was for another app, so nothing was changed.",
        Forbidden::Various => "too many different refusals to name each",
    };
    fixed.to_owned()
}

/// Why policy refuses it.
pub fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::StaleFacts => {
            "I could not ask Slack who is who just now, so nothing was changed. Please try again in a minute."
                .to_owned()
        }
        Refusal::RequesterUnknown => "I do not know this person in this workspace.".to_owned(),
        Refusal::RequesterNotAllowed(standing) => account(*standing).to_owned(),
        Refusal::Blocked => BLOCKED.to_owned(),
        Refusal::Frozen { integration } => {
            format!("An admin froze {integration}: nothing new is granted on it until it is thawed.")
        }
        Refusal::RevokeOnly => {
            "My database was restored from an older backup, so I only take access away until an operator accepts that. Nothing was changed."
                .to_owned()
        }
        Refusal::NoFlow { unit, nearest } => {
            let what = format!("{} on {}", unit.permission, unit.resource_name);
            let nearest = nearest.as_ref().map_or_else(String::new, |nearest| {
                format!(" The nearest is \"{}\".{}", nearest.name, ask(nearest.contact.as_deref()))
            });
            format!("No access flow lets you ask for {what}.{nearest}")
        }
        Refusal::TooLong { flow, max } => format!("At most {} under the flow \"{flow}\".", spoken(*max)),
        Refusal::NoAccount { integration, contact } => {
            let contact = contact.as_deref().unwrap_or("an admin");
            format!(
                "{integration} gives access to people's own accounts, and none is named for you there. Ask {contact} to name yours."
            )
        }
        Refusal::NobodyCanDecide { flow, why, contact } => {
            let why = match why {
                NobodyBecause::OnlyTheRequester => {
                    "you are its only approver, and nobody decides their own request"
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
            "Its access flow does not let it be extended, so nothing was changed. Ask for it once more when you still need it."
                .to_owned()
        }
        ExtensionRefusal::NoneLeft { times: 1 } => {
            "It was extended once, which is all that its access flow allows.".to_owned()
        }
        ExtensionRefusal::NoneLeft { times } => {
            format!("It was extended {times} times, which is all that its access flow allows.")
        }
        ExtensionRefusal::TooLong { each } => {
            format!("One extension adds at most {} under its access flow.", spoken(*each))
        }
        ExtensionRefusal::OneIsPending => "An extension waits for its answer already.".to_owned(),
        ExtensionRefusal::Answered => {
            "This extension was answered already, so nothing was changed.".to_owned()
        }
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
        Tried::Various => "various acts".to_owned(),
    }
}

/// Why an account may do nothing here.
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
