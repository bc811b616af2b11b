//! What people and timers can do with requests. Faces and workers call these; each is one decision and one commit.
//!
//! A use case knows its actor and `via`, asks the one policy function, and commits rows, jobs and audit events together.
//! None of them talks to Slack or to a target.

pub mod ask;
pub mod catalogue;
pub mod closing;
pub mod connect;
pub mod day;
pub mod decide;
pub mod delivered;
pub mod ending;
pub mod extend;
pub mod granting;
pub mod leaving;
pub mod left_over;
pub mod limits;
pub mod look;
pub mod not_reached;
pub mod offer;
pub mod open;
pub mod overdue;
pub mod reconcile;
pub mod red_button;
pub mod refuse;
pub mod restored;
pub mod revoke;
pub mod same_person;
pub mod step;
pub mod sweep;
pub mod uncounted;
pub mod why;

mod beats;
mod core;
mod drafts;
mod facts;
mod receipt;
mod words;

pub use self::core::{Core, CoreParts, Rules};
pub use beats::Beats;
pub use drafts::split;
pub use facts::{person_facts, request_facts};
pub use receipt::Receipt;

use crate::access::extension::ExtensionRefusal;
use crate::access::ids::RequestNumber;
use crate::access::policy::Refusal;
use crate::access::request::State;
use crate::access::transition::TransitionError;
use crate::store::StoreError;

/// Why something a person asked for was not done. The text for people is made in `slack/views/answers.rs`.
#[derive(Debug, thiserror::Error)]
pub enum UseCaseError {
    #[error("the policy refuses it")]
    Refused(Refusal),
    /// It was allowed when it was asked for, and an approver hears that it is not any more.
    #[error("{}", .0.reason())]
    NotAllowedAnyMore(Refusal),
    #[error("no such request")]
    NoSuchRequest,
    /// It is in a state in which this cannot be done.
    #[error("the request is {0}")]
    NotNow(State),
    /// It cannot be withdrawn any more: the target has it, or is about to.
    #[error("{0} is granted, or is being granted")]
    Granted(RequestNumber),
    #[error("the person is not among the approvers")]
    NotAnApprover,
    /// An approver, on a message that is not the card they were sent.
    #[error("the click is not on the card that was sent to the person")]
    NotThisCard,
    #[error("nobody decides their own request")]
    OwnRequest,
    #[error("nobody of that name in this workspace")]
    NoSuchPerson,
    #[error("the access is somebody else's")]
    NotYours,
    #[error(transparent)]
    Extension(#[from] ExtensionRefusal),
    #[error("only an admin may do that")]
    AdminsOnly,
    #[error("nobody does this about themselves")]
    NotOnYourself,
    /// The person has live access to all of it that lasts at least as long.
    #[error("the person has that already")]
    HasAlready(RequestNumber),
    /// The same is asked for and not answered or granted yet.
    #[error("the person asked for that already")]
    AskedAlready(RequestNumber),
    #[error("the person has {0} open requests")]
    TooManyOpen(usize),
    #[error("the person made {0} requests in an hour")]
    TooManyAsked(u64),
    /// A resource or permission that the integration does not have.
    #[error("the integration has no such resource or permission")]
    NoSuchUnit,
    #[error("more than {} units in one request", crate::access::request::MAX_UNITS)]
    TooManyUnits,
    /// Another replica runs another config; this one decides nothing.
    #[error("another policy is active")]
    PolicyNotActive,
    /// The same click, form or command was handled before.
    #[error("this was handled before")]
    SeenBefore,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TransitionError> for UseCaseError {
    fn from(error: TransitionError) -> Self {
        Self::NotNow(error.state)
    }
}

impl From<Refusal> for UseCaseError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Runs a use case again when another writer was faster; the next run sees what it wrote.
///
/// A conflict cannot go on: each lost race means that somebody else's change was committed.
macro_rules! until_no_conflict {
    ($attempt:expr) => {
        loop {
            match $attempt.await {
                Err($crate::usecases::UseCaseError::Store($crate::store::StoreError::Conflict)) => {}
                done => break done,
            }
        }
    };
}
pub(crate) use until_no_conflict;
