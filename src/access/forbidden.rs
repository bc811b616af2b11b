//! What somebody tried and may not do, and by which rule. What they read of it is made in `telling`.

use serde::{Deserialize, Serialize};

use super::extension::ExtensionRefusal;
use super::people::Standing;
use super::policy::Refusal;

/// Why somebody may not do what they tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Forbidden {
    #[error("the policy refuses it")]
    Policy(Refusal),
    /// It was allowed when it was asked for, and an approver hears that it is not any more.
    #[error("the policy does not allow it any more")]
    NotAllowedAnyMore(Refusal),
    #[error("the person is not among the approvers")]
    NotAnApprover,
    /// Perhaps an approver, whom the config names by an address that does not stand for their account.
    #[error("the person has no address")]
    NoAddress,
    /// An approver, on a message that is not the card they were sent.
    #[error("the click is not on the card that was sent to the person")]
    NotThisCard,
    #[error("nobody decides their own request")]
    OwnRequest,
    #[error("the access is somebody else's")]
    NotYours,
    #[error("only an admin may do that")]
    AdminsOnly,
    #[error("nobody does this about themselves")]
    NotOnYourself,
    #[error("the person has {most} open requests")]
    TooManyOpen { most: u64 },
    #[error("the person made {most} requests in an hour")]
    TooManyAsked { most: u64 },
    #[error(transparent)]
    Extension(ExtensionRefusal),
    /// Another replica runs another config; this one decides nothing.
    #[error("another policy is active")]
    PolicyNotActive,
    /// What the account is keeps it from doing anything here, or from deciding.
    #[error("the account may not do that")]
    Account(Standing),
    #[error("an admin blocked the person")]
    Blocked,
    /// Slack made the payload for another app.
    #[error("it was for another app")]
    AnotherApp,
    /// One of many that are not told one by one.
    #[error("too many different refusals")]
    Various,
}

/// How somebody tried it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tried {
    Click,
    Form,
    Shortcut,
    /// By words to the bot.
    Message,
    Event,
    /// The word after `/apono`; none if it was not read.
    Command(Option<String>),
    /// In several ways.
    Various,
}
