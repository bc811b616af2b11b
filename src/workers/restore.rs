//! Setting right what somebody changed on a target. It goes on until the target is as granted, refuses, or the access is no
//! longer live. The next look sees whether it has to be done again.

use std::sync::Arc;
use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::integrations::IntegrationError;
use crate::store::{Job, JobKind};
use crate::usecases::{Core, UseCaseError, granting, reconcile, step};

use super::backoff;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

pub(super) async fn run(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    // Looked at before the end is read: an extension that comes later waits for this job, and moves the end after it.
    if core.store.is_leased(JobKind::Extend, &job.key).await? {
        return step::done(core, job).await;
    }
    let id = RequestId::new(&job.key);
    let request = core.store.request(&id).await?;
    let grant = core.store.grant(&id).await?;
    let (Some(State::Granted), Some(grant)) = (request.map(|request| request.state), grant) else {
        return step::done(core, job).await;
    };
    if core.now() >= grant.until {
        return step::done(core, job).await;
    }
    if granting::may_be_a_backup(core).await? {
        let at = core.now().plus(backoff(job, FIRST_PAUSE, LONGEST_PAUSE));
        return step::try_again(core, job, at, granting::MAY_BE_A_BACKUP).await;
    }
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    let restored = match core.integrations().for_granted(&grant.granted) {
        Ok(integration) => integration.restore(&grant.granted, grant.until).await,
        Err(error) => Err(error),
    };
    match restored {
        Ok(confirmed) => reconcile::restored(core, job, &confirmed).await,
        Err(IntegrationError::Refuse(why)) => reconcile::not_restored(core, job, &why).await,
        Err(IntegrationError::Retry(why)) => {
            tracing::warn!(why, request = job.key, "setting it right is tried again");
            let at = core.now().plus(backoff(job, FIRST_PAUSE, LONGEST_PAUSE));
            step::try_again(core, job, at, &why).await
        }
    }
}
