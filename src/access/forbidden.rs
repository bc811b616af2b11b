//! What somebody tried and may not do, and by which rule. The text they read is made in `telling`.

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
    /// It was allowed when it was requested, and an approver is told that it no longer is.
    #[error("the policy no longer allows it")]
    NotAllowedAnyMore(Refusal),
    #[error("the person is not an approver")]
    NotAnApprover,
    /// Possibly an approver, named in the config by an address that does not identify their account.
    #[error("the person has no usable address")]
    NoAddress,
    /// An approver, on a message that is not the card they were sent.
    #[error("the click is not on the card that was sent to the person")]
    NotThisCard,
    #[error("nobody can decide their own request")]
    OwnRequest,
    #[error("the access is somebody else's")]
    NotYours,
    #[error("only an admin may do that")]
    AdminsOnly,
    #[error("nobody can do this to themselves")]
    NotOnYourself,
    #[error("the person has {most} open requests")]
    TooManyOpen { most: u64 },
    #[error("the person made {most} requests in an hour")]
    TooManyAsked { most: u64 },
    #[error(transparent)]
    Extension(ExtensionRefusal),
    /// Another replica runs a different config; this one decides nothing.
    #[error("another policy is active")]
    PolicyNotActive,
    /// This kind of account may not act here, or may not decide.
    #[error("the account may not do that")]
    Account(Standing),
    #[error("an admin blocked the person")]
    Blocked,
    /// They have no account in Slack, and read the portal by a role.
    #[error("people without an account in Slack can only read")]
    ReadsOnly,
    /// Slack made the payload for another app.
    #[error("it was for another app")]
    AnotherApp,
    /// One of many that are not reported one by one.
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
    /// By a message to the bot.
    Message,
    Event,
    /// The word after `/apono`; `None` if it was not understood.
    Command(Option<String>),
    /// In several ways.
    Various,
}
