//! The envelope that brought an act: it is settled in the same transaction as the act, so that it counts once.

use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Origin, Via};
use crate::store::{InboxLease, Store, StoreError, Tx};

use super::{UseCaseError, person_facts};

/// The class of envelopes that arrive handled.
const FORM: &str = "form";

/// What a use case settles in the inbox.
#[derive(Clone, Copy, Debug)]
pub enum Receipt<'a> {
    /// The envelope was committed before; this process holds its lease.
    Lease(&'a InboxLease),
    /// The envelope arrives handled, together with what it asks for.
    Form { key: &'a str },
}

/// The act was handled before. What says so may share its commit with this change and not be committed yet: nobody hears of it
/// earlier.
pub(super) async fn seen_before(tx: Tx) -> UseCaseError {
    match tx.seal(Vec::new()).await {
        Ok(()) => UseCaseError::SeenBefore,
        Err(error) => error.into(),
    }
}

impl Receipt<'_> {
    /// The inbox key, which stands as the cause in the trail.
    pub fn key(&self) -> &str {
        match self {
            Self::Lease(lease) => &lease.key,
            Self::Form { key } => key,
        }
    }

    /// What `by` does in Slack with this envelope, for the trail.
    pub fn origin(&self, by: &Person) -> Origin {
        Origin {
            via: Via::Slack,
            cause: self.key().to_owned(),
            actor: Actor::Person(person_facts(by)),
        }
    }

    /// Settles it; false if the same envelope was handled before.
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        outcome: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Lease(lease) => {
                tx.handled(lease, outcome).await?;
                Ok(true)
            }
            Self::Form { key } => tx.insert_handled(key, FORM, now).await,
        }
    }

    /// Settles it with no other change beside it, in a commit that it shares with others; false as above.
    pub(crate) async fn settle_alone(
        &self,
        store: &Store,
        outcome: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Lease(lease) => {
                store.settle(lease, outcome).await?;
                Ok(true)
            }
            Self::Form { key } => store.receive_handled(key, FORM, now).await,
        }
    }
}
