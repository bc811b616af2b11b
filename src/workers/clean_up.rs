//! Leftovers on the target after the access is gone: a step of its own, so it delays no revoke.

use std::time::Duration;

use crate::access::grant::Granted;
use crate::access::ids::RequestId;
use crate::integrations::{Cleaned, IntegrationError};
use crate::store::{Job, JobKind, ReadGrants};
use crate::usecases::ending::cleaned;
use crate::usecases::left_over::{self, LeftOver};
use crate::usecases::{Core, UseCaseError, step};

use super::pause_after;
use super::troubles::{ask, job_failed};

pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(5);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// While a worker is still telling the target of a later end.
const WAIT_FOR_EXTENSION: Duration = Duration::from_millis(500);

/// Removes what one ended grant leaves behind.
pub(super) async fn run(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    // A target that is being told of a later end would recreate the login if it were gone.
    if core.store.is_any_leased([JobKind::Extend], &job.key).await? {
        let at = core.now().plus(WAIT_FOR_EXTENSION);
        return step::try_again(core, job, at, "it is being extended right now").await;
    }
    let grant = core
        .store
        .grant(&RequestId::new(&job.key))
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    match clean(core, &grant.granted).await {
        Ok(what) => cleaned(core, job, &what).await,
        Err(error) => {
            let pause = pause_after(&error, job, FIRST_PAUSE, LONGEST_PAUSE);
            job_failed(
                core,
                job,
                "leftovers could not be removed; it will be retried",
                &error,
            );
            let left = LeftOver {
                request: Some(&grant.request),
                integration: &grant.granted.integration,
                principal: &grant.granted.principal,
                ended_at: grant.ended_at.unwrap_or(grant.until),
            };
            let at = core.now().plus(pause);
            left_over::try_again(core, job, &left, at, error.failure()).await
        }
    }
}

/// Has the target remove what `granted` left there.
pub(super) async fn clean(core: &Core, granted: &Granted) -> Result<Cleaned, IntegrationError> {
    let integration = core.integrations().for_granted(granted)?;
    let Some(target) = integration.state() else {
        return Ok(Cleaned::nothing());
    };
    ask(core, &granted.integration, "clean_up", target.clean_up(granted)).await
}
