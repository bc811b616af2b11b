//! Who people are, whatever the face: what is known about them, and who left. Today Slack is the
//! only directory of people (`slack/identity.rs`); use cases and workers look people up through this trait.

pub mod fresh;
mod known;
pub mod leavers;

use std::error::Error;

use async_trait::async_trait;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Home, Person};
use crate::store::StoreError;

pub use known::{Joined, Known};

/// Why somebody could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// The directory answered, and knows no such person.
    #[error("no such person is known")]
    Unknown,
    /// The directory did not answer; it may later.
    #[error("{0}")]
    NoAnswer(Box<dyn Error + Send + Sync>),
    /// Their account meanwhile turned out to be another person's.
    #[error("an account was meanwhile joined with another person's")]
    AnotherPerson,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a directory says about somebody.
#[derive(Clone, Debug)]
pub enum Look {
    Shows {
        /// Their accounts, as they are now.
        accounts: Vec<Person>,
        /// All of their accounts that were ours are among them. One that the directory does not know now may be known the next
        /// time.
        is_all: bool,
    },
    /// It did not answer, or its answer is not about an account of ours.
    CannotSay,
}

/// A directory: knows people by their accounts.
#[async_trait]
pub trait Directory: Send + Sync {
    /// What it last said.
    fn known(&self) -> &Known;

    /// Whose accounts are ours; `None` before it has said so.
    fn home(&self) -> Option<Home>;

    /// The full member who shows this address, confirmed, even if it identifies somebody else here; looked up now.
    async fn who_shows(&self, email: &str, policy: &Policy) -> Result<Option<Person>, LookUpError>;

    /// Whether no account at all has this address, confirmed or not; looked up now.
    async fn is_nobodys(&self, email: &str) -> Result<bool, LookUpError>;

    /// The person with this account id, looked up now.
    async fn look_up(&self, account: &str, policy: &Policy) -> Result<Person, LookUpError>;

    /// All accounts of these people, each looked up once, now. [`LookUpError::Unknown`] if one of them has no known account.
    async fn fetch_people(&self, people: &[PersonId], policy: &Policy) -> Result<Vec<Person>, LookUpError>;

    /// Everybody known, always including those who may have to answer for `integration`.
    async fn who_answers(&self, integration: &str, policy: &Policy) -> Result<Facts, LookUpError>;

    /// Asks about somebody who may have left.
    async fn look_at(&self, person: &PersonId, policy: &Policy) -> Result<Look, StoreError>;
}
