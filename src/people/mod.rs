//! Who is who, whatever the face. Today Slack is the only directory of people there is (`slack/identity.rs`); what decides and
//! what works asks for people by this trait.

use std::error::Error;

use async_trait::async_trait;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Person};
use crate::store::StoreError;

/// Why somebody could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// The directory answered, and knows nobody of that.
    #[error("no such person is known")]
    Unknown,
    /// The directory did not answer; it may later.
    #[error("{0}")]
    NoAnswer(Box<dyn Error + Send + Sync>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Knows people by their accounts.
#[async_trait]
pub trait Directory: Send + Sync {
    /// All accounts of these people, each asked now and once. [`LookUpError::Unknown`] if no account of one is known.
    async fn fetch_people(&self, people: &[PersonId], policy: &Policy) -> Result<Vec<Person>, LookUpError>;

    /// Everybody known, and certainly those who may have to answer for `integration`.
    async fn who_answers(&self, integration: &str, policy: &Policy) -> Result<Facts, LookUpError>;
}
