//! What people and timers can do with requests. Faces and workers call these; each is one decision and one commit.
//!
//! A use case knows its actor and `via`, asks the one policy function, and commits rows, jobs and audit events together.
//! None of them talks to Slack or to a target.

pub mod actor;
pub mod anomalies;
pub mod ask;
pub mod catalogue;
pub mod closing;
pub mod connect;
pub mod contacts;
pub mod day;
pub mod decide;
pub mod delivered;
pub mod ending;
pub mod export;
pub mod extend;
pub mod figures;
pub mod form;
pub mod gone;
pub mod granting;
pub mod held_up;
pub mod leavers;
pub mod leaving;
pub mod left_over;
pub mod limits;
pub mod look;
pub mod named;
pub mod not_reached;
pub mod nudge;
pub mod offer;
pub mod one_person;
pub mod overdue;
pub mod portal;
pub mod reads;
pub mod reconcile;
pub mod red_button;
pub mod refuse;
pub mod reports;
pub mod restored;
pub mod reviews;
pub mod revoke;
pub mod same_person;
pub mod step;
pub mod sweep;
pub mod uncounted;
pub mod uses;
pub mod wanted_messages;
pub mod why;
pub mod wish;

mod answering;
mod beats;
mod core;
mod drafts;
mod facts;
mod receipt;
mod turns;
mod words;

pub use self::core::{Core, CoreParts, Rules};
pub use beats::Beats;
pub use drafts::split;
pub use facts::{person_facts, request_facts};
pub use receipt::Receipt;

use crate::access::extension::ExtensionRefusal;
use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestNumber;
use crate::access::policy::Refusal;
use crate::access::request::State;
use crate::access::transition::TransitionError;
use crate::store::StoreError;
use std::time::Duration;

/// Why something a person asked for was not done. The text for people is in `telling/answers.rs`.
#[derive(Debug, thiserror::Error)]
pub enum UseCaseError {
    #[error("the policy refuses it")]
    Refused(Refusal),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("no such request")]
    NoSuchRequest,
    /// The request is in a state in which this cannot be done.
    #[error("the request is {0}")]
    NotNow(State),
    /// It no longer waits for an answer.
    #[error("the request was answered or closed: it is {0}")]
    Closed(State),
    /// The extension at this position no longer waits for an answer: somebody else was faster, or it lapsed.
    #[error("extension {0} was answered or lapsed")]
    ExtensionClosed(i64),
    /// It can no longer be withdrawn: the target has it, or is about to.
    #[error("{0} is granted, or is being granted")]
    Granted(RequestNumber),
    /// Somebody who approved it ends it, and has to say why.
    #[error("an approver has to say why they end {0}")]
    NoReason(RequestNumber),
    /// It is not as it was when they were shown it.
    #[error("{0} changed after it was shown")]
    Changed(RequestNumber),
    #[error("nobody has that name in this workspace")]
    NoSuchPerson,
    #[error(transparent)]
    Extension(#[from] ExtensionRefusal),
    /// The person has live access to all of it that lasts at least as long.
    #[error("the person already has that")]
    HasAlready(RequestNumber),
    /// The same was requested and is not answered or granted yet.
    #[error("the person already requested that")]
    AskedAlready(RequestNumber),
    /// Nothing is shown yet: the audit channel was not compared with the database since the start.
    #[error("the audit channel has not been compared with the database yet")]
    NotCompared,
    /// The shortest that can be requested is this long.
    #[error("shorter than access can be")]
    TooShort(Duration),
    #[error("more than {} units in one request", crate::access::request::MAX_UNITS)]
    TooManyUnits,
    /// The same click, form or command was handled before.
    #[error("this was already handled")]
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

impl UseCaseError {
    /// What the trail records: somebody tried what they may not do. `None` if they should try again, or it was already done.
    pub fn forbidden(&self) -> Option<Forbidden> {
        match self {
            Self::Forbidden(why) => Some(why.clone()),
            Self::Refused(refusal) => match refusal {
                Refusal::StaleFacts | Refusal::RevokeOnly | Refusal::TooLong { .. } => None,
                Refusal::RequesterUnknown
                | Refusal::RequesterNotAllowed(_)
                | Refusal::Blocked
                | Refusal::Frozen { .. }
                | Refusal::NoFlow { .. }
                | Refusal::NoAccount { .. }
                | Refusal::NobodyCanDecide { .. } => Some(Forbidden::Policy(refusal.clone())),
            },
            Self::Extension(refusal) => match refusal {
                ExtensionRefusal::NotAllowed
                | ExtensionRefusal::NoneLeft { .. }
                | ExtensionRefusal::TooLong { .. } => Some(Forbidden::Extension(*refusal)),
                ExtensionRefusal::OneIsPending => None,
            },
            Self::NoSuchRequest
            | Self::NotNow(_)
            | Self::Closed(_)
            | Self::ExtensionClosed(_)
            | Self::TooShort(_)
            | Self::NoReason(_)
            | Self::Granted(_)
            | Self::Changed(_)
            | Self::NoSuchPerson
            | Self::TooManyUnits
            | Self::HasAlready(_)
            | Self::AskedAlready(_)
            | Self::NotCompared
            | Self::SeenBefore
            | Self::Store(_) => None,
        }
    }
}

/// Runs a use case again if another writer was faster; the next run sees what that one wrote.
///
/// Conflicts cannot go on forever: each lost race means that somebody else's change was committed.
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
