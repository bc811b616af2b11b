//! The envelope that brought an act: it is settled in the same transaction as the act, so that it counts once.

use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Origin, Via};
use crate::store::{InboxLease, Store, StoreError, Tx};

use super::person_facts;

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

    /// Settles it as a part of the change `tx`. `None`, and the change is over, if the same envelope was handled before: that is
    /// committed then, although it may have shared its commit with `tx`.
    pub(crate) async fn settle(
        &self,
        mut tx: Tx,
        outcome: &str,
        now: Timestamp,
    ) -> Result<Option<Tx>, StoreError> {
        let is_new = match self {
            Self::Lease(lease) => {
                tx.handled(lease, outcome).await?;
                true
            }
            Self::Form { key } => tx.insert_handled(key, FORM, now).await?,
        };
        if is_new {
            return Ok(Some(tx));
        }
        tx.seal(Vec::new()).await?;
        Ok(None)
    }

    /// Settles it with no other change beside it, in a commit that it shares with others; false if the same envelope was handled before.
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
