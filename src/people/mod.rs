//! Who is who, whatever the face: what is known of people, and who left. Today Slack is the
//! only directory of people there is (`slack/identity.rs`); what decides and what works asks for people by this trait.

pub mod fresh;
mod known;
pub mod leavers;

use std::error::Error;

use async_trait::async_trait;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Person};
use crate::store::StoreError;

pub use known::{Joined, Known};

/// Why somebody could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// The directory answered, and knows nobody of that.
    #[error("no such person is known")]
    Unknown,
    /// The directory did not answer; it may later.
    #[error("{0}")]
    NoAnswer(Box<dyn Error + Send + Sync>),
    /// Their account turned out to be another person's meanwhile.
    #[error("an account was joined with another person's meanwhile")]
    AnotherPerson,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a directory says of somebody.
#[derive(Clone, Debug)]
pub enum Look {
    Shows {
        /// Their accounts, as they are now.
        accounts: Vec<Person>,
        /// Each of theirs that was ours is among them. One that the directory does not know now may be known the next time.
        is_all: bool,
    },
    /// It did not answer, or what it says is of no account of ours.
    CannotSay,
}

/// Knows people by their accounts.
#[async_trait]
pub trait Directory: Send + Sync {
    /// What it said last.
    fn known(&self) -> &Known;

    /// The person of the account with this id, asked now.
    async fn look_up(&self, account: &str, policy: &Policy) -> Result<Person, LookUpError>;

    /// All accounts of these people, each asked now and once. [`LookUpError::Unknown`] if no account of one is known.
    async fn fetch_people(&self, people: &[PersonId], policy: &Policy) -> Result<Vec<Person>, LookUpError>;

    /// Everybody known, and certainly those who may have to answer for `integration`.
    async fn who_answers(&self, integration: &str, policy: &Policy) -> Result<Facts, LookUpError>;

    /// Asks about somebody who may have left.
    async fn look_at(&self, person: &PersonId, policy: &Policy) -> Result<Look, StoreError>;
}
