//! Where an act came from: its face, and the key by which it happens once. The key is settled in the same transaction as the act,
//! whatever the face.

use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Origin, Via};
use crate::store::{InboxLease, Store, StoreError, Tx};

use super::person_facts;

/// The class of acts that arrive handled.
const FORM: &str = "form";

/// What a use case settles in the inbox.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    face: Via,
    once: Once<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Once<'a> {
    /// The act was committed before; this process holds its lease.
    Kept(&'a InboxLease),
    /// The act arrives handled, together with what it asks for.
    Now { key: &'a str },
}

impl<'a> Receipt<'a> {
    /// Of an act that was committed before it is carried out, on whose row this process has the lease.
    pub const fn kept(face: Via, lease: &'a InboxLease) -> Self {
        let once = Once::Kept(lease);
        Self { face, once }
    }

    /// Of an act that is settled with what it does.
    pub const fn now(face: Via, key: &'a str) -> Self {
        let once = Once::Now { key };
        Self { face, once }
    }

    /// The key in the inbox, which stands as the cause in the trail.
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

    /// The same for whoever acted.
    pub fn origin_of(&self, actor: Actor) -> Origin {
        Origin {
            via: self.face,
            cause: self.key().to_owned(),
            actor,
        }
    }

    /// Settles it as a part of the change `tx`. `None`, and the change is over, if the same act was handled before: that is
    /// committed then, although it may have shared its commit with `tx`.
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

    /// Settles it with no other change beside it, in a commit that it shares with others; false if the same act was handled before.
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
