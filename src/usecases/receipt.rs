//! The envelope that brought an act: it is settled in the same transaction as the act, so that it counts once.

use crate::access::time::Timestamp;
use crate::store::{InboxLease, StoreError, Tx};

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
            Self::Form { key } => tx.insert_handled(key, "form", now).await,
        }
    }
}
