//! Where an act came from: its face, and the key that makes it happen only once. The key is settled in the same transaction as
//! the act, whatever the face.

use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Origin, Via};
use crate::store::{InboxLease, Store, StoreError, Tx};

use super::person_facts;

/// The class of acts that are settled together with what they do.
const FORM: &str = "form";

/// What a use case settles in the inbox.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    face: Via,
    once: Once<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Once<'a> {
    /// The act was stored before; this process holds its lease.
    Kept(&'a InboxLease),
    /// The act is stored as handled, together with what it asks for.
    Now { key: &'a str },
}

impl<'a> Receipt<'a> {
    /// For an act that was stored before it is carried out, on whose row this process has the lease.
    pub const fn kept(face: Via, lease: &'a InboxLease) -> Self {
        let once = Once::Kept(lease);
        Self { face, once }
    }

    /// For an act that is settled with what it does.
    pub const fn now(face: Via, key: &'a str) -> Self {
        let once = Once::Now { key };
        Self { face, once }
    }

    /// The key in the inbox, which is the cause in the trail.
    pub fn key(&self) -> &str {
        match self.once {
            Once::Kept(lease) => &lease.key,
            Once::Now { key } => key,
        }
    }

    /// What `by` does with it, for the trail.
    pub fn origin(&self, by: &Person) -> Origin {
        self.origin_of(Actor::Person(person_facts(by)))
    }

    /// The same for any actor.
    pub fn origin_of(&self, actor: Actor) -> Origin {
        Origin {
            via: self.face,
            cause: self.key().to_owned(),
            actor,
        }
    }

    /// Settles it as part of the transaction `tx`. `None`, and the transaction is over, if the same act was already handled:
    /// that one is committed then, although it may have shared its commit with `tx`.
    pub(crate) async fn settle(
        &self,
        mut tx: Tx,
        outcome: &str,
        now: Timestamp,
    ) -> Result<Option<Tx>, StoreError> {
        let is_new = match self.once {
            Once::Kept(lease) => {
                tx.handled(lease, outcome).await?;
                true
            }
            Once::Now { key } => tx.insert_handled(key, FORM, now).await?,
        };
        if is_new {
            return Ok(Some(tx));
        }
        tx.seal(Vec::new()).await?;
        Ok(None)
    }

    /// Settles it on its own, in a commit that it shares with others; false if the same act was already handled.
    pub(crate) async fn settle_alone(
        &self,
        store: &Store,
        outcome: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match self.once {
            Once::Kept(lease) => {
                store.settle(lease, outcome).await?;
                Ok(true)
            }
            Once::Now { key } => store.receive_handled(key, FORM, now).await,
        }
    }
}
