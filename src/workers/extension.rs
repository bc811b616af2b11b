//! Telling targets that access ends later. It goes on until the target confirms, refuses, or the access is no longer live.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::integrations::{Confirmed, IntegrationError, asked};
use crate::store::{Job, JobKind, ReadGrants};
use crate::usecases::{Core, UseCaseError, extend, granting, step};

use super::{backoff, tell_again};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// While a worker sets the target right, which may shorten the end that this moves.
const WAIT_FOR_RESTORE: Duration = Duration::from_millis(200);

pub(super) async fn run(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    if core.store.is_any_leased([JobKind::Restore], &job.key).await? {
        let at = core.now().plus(WAIT_FOR_RESTORE);
        return step::try_again(core, job, at, "it is being set right at this moment").await;
    }
    let id = RequestId::new(&job.key);
    let request = core.store.request(&id).await?;
    let grant = core.store.grant(&id).await?;
    let (Some(State::Granted), Some(grant)) = (request.map(|request| request.state), grant) else {
        return step::done(core, job).await;
    };
    if granting::may_be_a_backup(core).await? {
        let at = core.now().plus(backoff(job, FIRST_PAUSE, LONGEST_PAUSE));
        return step::try_again(core, job, at, granting::MAY_BE_A_BACKUP).await;
    }
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    match tell(core, &grant).await {
        Ok(confirmed) => extend::confirmed(core, job, grant.until, &confirmed).await,
        Err(error @ IntegrationError::Refuse { .. }) => extend::refused(core, job, error.failure()).await,
        Err(error @ IntegrationError::Retry { .. }) => {
            tracing::warn!(%error, "a target is told again of a later end");
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

async fn tell(core: &Core, grant: &Grant) -> Result<Confirmed, IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = integration.grant(&grant.granted, grant.until);
    asked(&grant.granted.integration, "grant", answer).await
}
