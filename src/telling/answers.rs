//! Answers to a person who asked for something to be done.

use crate::access::duration::spoken;
use crate::access::ids::RequestNumber;
use crate::access::request::{RejectCause, Request, State};
use crate::store::{DecisionVerdict, Extension};
use crate::usecases::UseCaseError;
use crate::usecases::look::{Answered, Became};

use super::phrase::{Phrase, phrase};
use super::refusals;

/// Said when the bot itself failed.
pub const TROUBLE: &str =
    "Something went wrong on my side, and nothing was changed. Please try again in a minute.";

/// A revoke was accepted. Nothing says "revoked" until the target was read back.
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
                "{} is being revoked. Its card will say when the target has confirmed it.",
                request.number
            )
        }
    }
}

/// What was revoked, and is not confirmed gone yet.
pub fn ending(what: &str) -> String {
    format!("Revoking… {what} ends as soon as the target confirms.")
}

/// The same in the portal, where the page of the request says it.
pub fn revoking_in_portal(request: &Request) -> String {
    match request.state {
        State::Revoking(_) => ending(&request.number.to_string()),
        State::Pending
        | State::Approved
        | State::Granted
        | State::Cancelled
        | State::Rejected(_)
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => revoking(request),
    }
}

/// An extension was accepted.
pub fn extending(request: &Request, extension: &Extension) -> Phrase {
    let (number, added) = (request.number, extension.added);
    match extension.until {
        Some(until) => {
            phrase!(
                "{} ends at {}, {} later than before. Its card will say when the target has confirmed it.",
                number,
                until,
                added
            )
        }
        None => {
            phrase!(
                "I have asked for approval to extend {} by {}. If nobody answers, it ends when it was due to end.",
                number,
                added
            )
        }
    }
}

/// It came too late for the state of its request.
pub fn not_now(became: &Became) -> Phrase {
    let Became { number, since, .. } = became;
    if let Some(answered) = &became.answered {
        return answered_before(*number, answered, "it");
    }
    let is = match became.state {
        State::Pending => "is still waiting for an answer",
        State::Approved => "was approved and is still being set up",
        State::Granted => "is live",
        State::Revoking(_) => "is already being revoked",
        State::Rejected(RejectCause::Lapsed) => "lapsed, because nobody answered,",
        State::Rejected(_) => "was rejected",
        State::Cancelled => "was withdrawn",
        State::Expired => "expired",
        State::Revoked(_) => "was revoked",
        State::Failed(_) => "failed",
    };
    if became.state.is_final() {
        phrase!("{} {} at {}, so nothing was changed.", *number, is, *since)
    } else {
        phrase!("{} {}, so nothing was changed.", *number, is)
    }
}

/// Somebody answered `what` before.
pub fn answered_before(number: RequestNumber, answered: &Answered, what: &'static str) -> Phrase {
    let Answered { verdict, by, at } = answered;
    let did = match verdict {
        DecisionVerdict::Approve => "approved",
        DecisionVerdict::Reject => "rejected",
    };
    match by {
        Some(by) => phrase!(
            "{}: {} {} {} at {}, before you. Nothing was changed.",
            number,
            by.name.as_str(),
            did,
            what,
            *at
        ),
        None => phrase!(
            "{}: you {} {} at {}. Nothing was changed.",
            number,
            did,
            what,
            *at
        ),
    }
}

/// The same in the portal, where pages have a button for what a command does in Slack.
pub fn why_not_in_portal(error: &UseCaseError) -> String {
    match error {
        UseCaseError::NoSuchRequest => "There is no such request.".to_owned(),
        UseCaseError::Granted(number) => format!(
            "{number} is live or being set up, so it cannot be withdrawn. Give it back once it is live."
        ),
        UseCaseError::NoReason(_) => "Say why you end it: you approved it, or an extension of it.".to_owned(),
        UseCaseError::AskedAlready(number) => format!(
            "You already requested that: {number} is in progress. To request it again, withdraw that one first, on its page."
        ),
        UseCaseError::Refused(_)
        | UseCaseError::Forbidden(_)
        | UseCaseError::Extension(_)
        | UseCaseError::ExtensionClosed(_)
        | UseCaseError::NotNow(_)
        | UseCaseError::Closed(_)
        | UseCaseError::Changed(_)
        | UseCaseError::NoSuchPerson
        | UseCaseError::HasAlready(_)
        | UseCaseError::TooShort(_)
        | UseCaseError::TooManyUnits
        | UseCaseError::NotCompared
        | UseCaseError::SeenBefore
        | UseCaseError::Store(_) => why_not(error),
    }
}

/// Why the bot did not do it.
pub fn why_not(error: &UseCaseError) -> String {
    match error {
        UseCaseError::Refused(refusal) => refusals::refused(refusal),
        UseCaseError::Forbidden(why) => refusals::forbidden(why),
        UseCaseError::Extension(refusal) => refusals::extension(refusal),
        UseCaseError::NoSuchRequest => "There is no such request. `/apono list` shows yours.".to_owned(),
        UseCaseError::ExtensionClosed(_) => {
            "This extension no longer waits for an answer, so nothing was changed.".to_owned()
        }
        UseCaseError::NotNow(state) | UseCaseError::Closed(state) => format!("This request is {state}, so nothing was changed."),
        UseCaseError::Granted(number) => {
            format!(
                "{number} is live or being set up, so it cannot be withdrawn. `/apono revoke {number}` ends it."
            )
        }
        UseCaseError::NoReason(number) => {
            format!("You approved {number} or an extension of it, so you can end it, but you have to say why: `/apono revoke {number} because ...`")
        }
        UseCaseError::Changed(number) => {
            format!("{number} changed after this page was shown, so nothing was done about it.")
        }
        UseCaseError::NoSuchPerson => "Slack has nobody by that name.".to_owned(),
        UseCaseError::HasAlready(number) => {
            format!("You already have that: {number} is live and lasts at least as long.")
        }
        UseCaseError::AskedAlready(number) => {
            format!("You already requested that: {number} is in progress. To request it again, withdraw that one first: `/apono cancel {number}`.")
        }
        UseCaseError::TooShort(min) => format!("The shortest time that you can ask for is {}.", spoken(*min)),
        UseCaseError::TooManyUnits => {
            "That is more than 100 combinations of resource and permission. Request fewer at once.".to_owned()
        }
        UseCaseError::NotCompared => {
            "I have just started and am still comparing the audit channel with my database. Please try again in a minute."
                .to_owned()
        }
        UseCaseError::SeenBefore => "I already have that.".to_owned(),
        UseCaseError::Store(_) => TROUBLE.to_owned(),
    }
}
