//! What the bot answers to commands, clicks and forms. The help has a page of its own.

use crate::access::duration::spoken;
use crate::access::extension::ExtensionRefusal;
use crate::access::people::Standing;
use crate::access::policy::{NobodyBecause, Refusal};
use crate::access::request::{Request, State};
use crate::store::Extension;
use crate::usecases::UseCaseError;

use super::text::escape;

/// A revoke was taken: nobody says "revoked" before the target was read back.
pub fn revoking(request: &Request) -> String {
    match request.state {
        State::Cancelled => format!("{} is cancelled; nothing had been granted yet.", request.number),
        State::Pending
        | State::Approved
        | State::Granted
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => {
            format!(
                "{} is being taken away. Its card says when the target confirmed it.",
                request.number
            )
        }
    }
}

/// A click that came too late to be answered in a window.
pub const CLICK_AGAIN: &str = "That took too long to open a window. Please click again.";

/// The same for a window that a command opens.
pub const TYPE_AGAIN: &str = "That took too long to open a window. Please type it again.";

/// The same for the request form, which a command opens.
pub const ASK_AGAIN: &str = "That took too long to open the form. Please type `/apono request` again.";

/// Somebody did more in a minute than one person may.
pub const TOO_FAST: &str =
    "That was a lot within a minute, so I did not do this one. Please wait a little and try again.";

/// A payload that Slack made for another app.
pub const ANOTHER_APP: &str = "It was for another app, so nothing was changed.";

/// The bot's own trouble.
pub const TROUBLE: &str =
    "Something went wrong on my side, and nothing was changed. Please try again in a minute.";

/// Somebody whom an admin blocked.
pub const BLOCKED: &str =
    "An admin blocked you here, so you may not do that. You can still give back what you have.";

/// The database was restored from a backup, and nobody has accepted that yet.
const REVOKE_ONLY: &str = "My database was restored from an older backup, so I only take access away until an operator accepts that. \
     Nothing was changed.";

/// An approver whom the config names by an address that does not stand for their account.
pub const NO_ADDRESS: &str = "Slack does not confirm your e-mail address, or another account had it before. \
     It stands for nobody here, so nothing was changed.";

/// Why something was not done, said to whoever asked.
pub fn why_not(error: &UseCaseError) -> String {
    match error {
        UseCaseError::Refused(refusal) => refused(refusal),
        UseCaseError::NoSuchRequest => "There is no such request. `/apono list` shows yours.".to_owned(),
        UseCaseError::NotAllowedAnyMore(refusal) => {
            format!("This request cannot be granted: {}. Nothing was changed.", refusal.reason())
        }
        UseCaseError::NotNow(state) => format!("This request is {state} now, so nothing was changed."),
        UseCaseError::Granted(number) => {
            format!("{number} is granted already, so it cannot be withdrawn. `/apono revoke {number}` gives it back.")
        }
        UseCaseError::NotAnApprover => {
            "You are not among the approvers of this request, so nothing was changed.".to_owned()
        }
        UseCaseError::NotThisCard => {
            "This is not the card that I sent you for this request, so nothing was changed.".to_owned()
        }
        UseCaseError::OwnRequest => "You cannot decide your own request. Somebody else has to.".to_owned(),
        UseCaseError::NoSuchPerson => "Slack knows nobody by that name.".to_owned(),
        UseCaseError::NotYours => "This request is somebody else's, so you may not do that.".to_owned(),
        UseCaseError::Extension(refusal) => not_extended(refusal),
        UseCaseError::AdminsOnly => "Only an admin may do that.".to_owned(),
        UseCaseError::NotOnYourself => "Not about yourself: another admin has to do that.".to_owned(),
        UseCaseError::HasAlready(number) => {
            format!("You have that already: {number} is live and lasts at least as long.")
        }
        UseCaseError::AskedAlready(number) => {
            format!("You asked for that already: {number} is on its way. Withdraw it first to ask anew.")
        }
        UseCaseError::TooManyOpen(most) => {
            format!("At most {most} of your requests can be open at once. Give one back, or wait for one to end.")
        }
        UseCaseError::TooManyAsked(most) => {
            format!("You made {most} requests within an hour, which is the most there can be. Please wait a little.")
        }
        UseCaseError::NoSuchUnit => {
            "One of the resources or permissions is no longer there. Open the form again to see what is.".to_owned()
        }
        UseCaseError::TooManyUnits => {
            "That is more than 100 combinations of resource and permission. Ask for fewer at once.".to_owned()
        }
        UseCaseError::PolicyNotActive => {
            "I run with another config than the rest of this installation, so I decide nothing. Please tell an admin."
                .to_owned()
        }
        UseCaseError::SeenBefore => "I have that already.".to_owned(),
        UseCaseError::Store(_) => TROUBLE.to_owned(),
    }
}

fn not_extended(refusal: &ExtensionRefusal) -> String {
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
            format!(
                "One extension adds at most {} under its access flow.",
                spoken(*each)
            )
        }
        ExtensionRefusal::OneIsPending => "An extension waits for its answer already.".to_owned(),
        ExtensionRefusal::Answered => {
            "This extension was answered already, so nothing was changed.".to_owned()
        }
    }
}

/// An extension was taken.
pub fn extending(request: &Request, extension: &Extension) -> String {
    let (number, added) = (request.number, spoken(extension.added));
    match extension.until {
        Some(until) => {
            format!(
                "{number} ends at {until}, {added} later than before. Its card says when the target confirmed it."
            )
        }
        None => {
            format!(
                "{number} gets {added} more if an approver agrees; I have asked. If nobody answers, it ends when it was to end."
            )
        }
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::StaleFacts => {
            "I could not ask Slack who is who just now, so nothing was changed. Please try again in a minute."
                .to_owned()
        }
        Refusal::RequesterUnknown => "I do not know this person in this workspace.".to_owned(),
        Refusal::RequesterNotAllowed(standing) => standing_sentence(*standing).to_owned(),
        Refusal::Blocked => BLOCKED.to_owned(),
        Refusal::Frozen { integration } => format!(
            "An admin froze {}: nothing new is granted on it until it is thawed.",
            escape(integration)
        ),
        Refusal::RevokeOnly => REVOKE_ONLY.to_owned(),
        Refusal::NoFlow { unit, nearest } => {
            let what = escape(&format!("{} on {}", unit.permission, unit.resource_name));
            match nearest {
                Some(nearest) => {
                    let contact = nearest.contact.as_ref().map_or_else(String::new, |contact| {
                        format!(" Ask {} about it.", escape(contact))
                    });
                    format!(
                        "No access flow lets you ask for {what}. The nearest is \"{}\".{contact}",
                        escape(&nearest.name)
                    )
                }
                None => format!("No access flow lets you ask for {what}."),
            }
        }
        Refusal::TooLong { flow, max } => {
            format!("At most {} under the flow \"{}\".", spoken(*max), escape(flow))
        }
        Refusal::NoAccount { integration, contact } => {
            let contact = contact.as_deref().unwrap_or("an admin");
            format!(
                "{} gives access to people's own accounts, and none is named for you there. Ask {} to name yours.",
                escape(integration),
                escape(contact)
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
            let contact = contact.as_ref().map_or_else(String::new, |contact| {
                format!(" Ask {} about it.", escape(contact))
            });
            format!(
                "Nobody can answer this under the flow \"{}\": {why}.{contact}",
                escape(flow)
            )
        }
    }
}

/// Why an account may do nothing here.
pub fn standing_sentence(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "You may not do that.",
        Standing::Guest => "Guest accounts may not do that.",
        Standing::Deactivated => "This account is deactivated.",
        Standing::Bot => "Bots and workflows may not do that.",
        Standing::Outsider => "Your account belongs to another workspace, so you may not do that here.",
    }
}
