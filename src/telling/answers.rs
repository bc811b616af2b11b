//! What is answered to whoever asked for something to be done.

use crate::access::duration::spoken;
use crate::access::request::{Request, State};
use crate::store::Extension;
use crate::usecases::UseCaseError;

use super::refusals;

/// The bot's own trouble.
const TROUBLE: &str =
    "Something went wrong on my side, and nothing was changed. Please try again in a minute.";

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

/// Why something was not done.
pub fn why_not(error: &UseCaseError) -> String {
    match error {
        UseCaseError::Refused(refusal) => refusals::refused(refusal),
        UseCaseError::Forbidden(why) => refusals::forbidden(why),
        UseCaseError::Extension(refusal) => refusals::extension(refusal),
        UseCaseError::NoSuchRequest => "There is no such request. `/apono list` shows yours.".to_owned(),
        UseCaseError::NotNow(state) => format!("This request is {state} now, so nothing was changed."),
        UseCaseError::Granted(number) => {
            format!(
                "{number} is granted already, so it cannot be withdrawn. `/apono revoke {number}` gives it back."
            )
        }
        UseCaseError::NoSuchPerson => "Slack knows nobody by that name.".to_owned(),
        UseCaseError::HasAlready(number) => {
            format!("You have that already: {number} is live and lasts at least as long.")
        }
        UseCaseError::AskedAlready(number) => {
            format!("You asked for that already: {number} is on its way. Withdraw it first to ask anew.")
        }
        UseCaseError::NoSuchUnit => {
            "One of the resources or permissions is no longer there. Open the form again to see what is."
                .to_owned()
        }
        UseCaseError::TooManyUnits => {
            "That is more than 100 combinations of resource and permission. Ask for fewer at once.".to_owned()
        }
        UseCaseError::NotCompared => {
            "I have just started, and I am still comparing the audit channel with my database. Please try again in a minute."
                .to_owned()
        }
        UseCaseError::SeenBefore => "I have that already.".to_owned(),
        UseCaseError::Store(_) => TROUBLE.to_owned(),
    }
}
