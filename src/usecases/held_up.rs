//! What keeps access from being granted to anybody. It never delays an end.

use crate::audit::cause::HeldUp;
use crate::store::{ReadLimits, StoreError};

use super::Core;

/// The reason, for the job, why work that would create access on a target waits.
pub const MAY_BE_A_BACKUP: &str = "the database may be older than what was done since";

/// Whether the database is, or may be, older than what was done: then nothing is created on a target that may have been
/// removed since.
pub async fn may_be_a_backup(core: &Core) -> Result<bool, StoreError> {
    Ok(core.waits_for_witness() || core.store.limits().await?.revoke_only)
}

/// Whether something keeps everybody's access on this integration from being granted now.
pub async fn on(core: &Core, integration: &str) -> Result<Option<HeldUp>, StoreError> {
    let limits = core.store.limits().await?;
    if limits.revoke_only {
        return Ok(Some(HeldUp::RestoredBackup));
    }
    if limits.frozen.contains(integration) {
        return Ok(Some(HeldUp::Frozen));
    }
    if core.waits_for_witness() {
        return Ok(Some(HeldUp::NotCompared));
    }
    Ok(core.is_audit_behind().await?.then_some(HeldUp::AuditBehind))
}
