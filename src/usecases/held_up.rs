//! What keeps access from being made, whoever asks for it. It holds up no end.

use crate::audit::cause::HeldUp;
use crate::store::{ReadLimits, StoreError};

use super::Core;

/// Why something waits that would make access on a target, for the job.
pub const MAY_BE_A_BACKUP: &str = "the database may be older than what was done since";

/// Whether the database may be older than what was done, or is: then nothing is made on a target that may have been taken
/// away since.
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
