//! Ending access: timers that fired, and revokes until the target is read back. It never gives up, and it needs
//! neither Slack nor the flows: the stored grant and the target's admin credential are enough.

use std::time::Duration;

use crate::access::grant::Granted;
use crate::access::ids::RequestId;
use crate::integrations::{IntegrationError, Revoked};
use crate::store::{Job, JobKind, ReadGrants};
use crate::usecases::ending::gone;
use crate::usecases::{Core, UseCaseError, step};

use super::tell_again;
use super::troubles::{ask, job_failed};

pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(500);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// While a worker is still granting it, or granting it again: a revoke before the grant would find nothing to end.
const WAIT_FOR_GRANT: Duration = Duration::from_millis(200);

/// Ends one grant, and reads back that it is gone.
pub(super) async fn run(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let giving = [JobKind::Provision, JobKind::Restore];
    if core.store.is_any_leased(giving, &job.key).await? {
        let at = core.now().plus(WAIT_FOR_GRANT);
        return step::try_again(core, job, at, "it is being granted right now").await;
    }
    let grant = core
        .store
        .grant(&RequestId::new(&job.key))
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    if let Some(over) = grant.granted.credentials_until
        && core.now() < over
    {
        let why = format!("the last credential shown for it works until {over} and cannot be revoked");
        return step::try_again(core, job, over, &why).await;
    }
    match end(core, &grant.granted).await {
        Ok(revoked) => gone(core, job, &revoked).await,
        Err(error) => {
            // If this lasts, it raises an alarm of its own.
            job_failed(core, job, "access could not be ended; it will be retried", &error);
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

/// Has the target revoke `granted`, and reads back that it is gone.
pub(super) async fn end(core: &Core, granted: &Granted) -> Result<Revoked, IntegrationError> {
    let integration = core.integrations().for_granted(granted)?;
    ask(core, &granted.integration, "revoke", integration.revoke(granted)).await
}
