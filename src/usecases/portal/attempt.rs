//! Signing in with an issuer begins in one browser and ends there, once and soon.

use super::super::Core;
use super::ATTEMPT_LASTS;
use super::secret::Secret;
use crate::store::StoreError;

/// Separates the hash of an attempt's secret from others.
const ATTEMPT: &str = "attempt";

/// Begins an attempt in the browser that is given this secret.
pub async fn begin_attempt(core: &Core, secret: &Secret) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    tx.put_portal_attempt(&secret.hash(ATTEMPT), core.now()).await?;
    tx.seal(Vec::new()).await
}

/// Uses up the attempt of the browser with this secret; false if there is none, or it was begun too long ago.
pub async fn take_attempt(core: &Core, secret: &Secret) -> Result<bool, StoreError> {
    let mut tx = core.store.write().await?;
    let begun = tx.take_portal_attempt(&secret.hash(ATTEMPT)).await?;
    tx.seal(Vec::new()).await?;
    Ok(begun.is_some_and(|begun| core.now().since(begun) < ATTEMPT_LASTS))
}
