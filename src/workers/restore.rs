//! Setting right what somebody changed on a target, and taking off memberships that nobody granted. Either goes on until
//! the target is as granted, refuses, or the access is no longer live. The next look sees whether it has to be done again.
//!
//! Invariant: what a try took away is no longer used once the job is through, whatever became of that try: each later one
//! ends the grantee's sessions anew, by the number of its try in the job's row, which outlives the process.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::integrations::{Confirmed, Earlier, IntegrationError, asked, memberships_of, state_of};
use crate::store::{Job, JobKind, ReadGrants, StoreError};
use crate::usecases::reconcile::ungranted;
use crate::usecases::{Core, UseCaseError, granting, reconcile, step};

use super::{backoff, tell_again};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// While a worker tells the target of a later end, which waits for this job too and looks more often.
const WAIT_FOR_EXTENSION: Duration = Duration::from_millis(500);

pub(super) async fn run(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    // Looked at before the end is read: an extension that comes later waits for this job, and moves the end after it.
    if core.store.is_any_leased([JobKind::Extend], &job.key).await? {
        let at = core.now().plus(WAIT_FOR_EXTENSION);
        return step::try_again(core, job, at, "it is being extended at this moment").await;
    }
    let Some(grant) = live(core, job).await? else {
        return step::done(core, job).await;
    };
    if granting::may_be_a_backup(core).await? {
        let at = core.now().plus(backoff(job, FIRST_PAUSE, LONGEST_PAUSE));
        return step::try_again(core, job, at, granting::MAY_BE_A_BACKUP).await;
    }
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    match restore(core, job, &grant).await {
        Ok(confirmed) => reconcile::restored(core, job, &confirmed).await,
        Err(error @ IntegrationError::Refuse { .. }) => {
            reconcile::not_restored(core, job, error.failure()).await
        }
        Err(error @ IntegrationError::Retry { .. }) => {
            tracing::warn!(%error, "setting it right is tried again");
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

/// The same for memberships alone; nothing is made, so that it waits for nothing.
pub(super) async fn take_off(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    let Some(grant) = live(core, job).await? else {
        return step::done(core, job).await;
    };
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    match take_memberships_off(core, job, &grant).await {
        Ok(()) => ungranted::taken_off(core, job).await,
        Err(error @ IntegrationError::Refuse { .. }) => {
            reconcile::not_restored(core, job, error.failure()).await
        }
        Err(error @ IntegrationError::Retry { .. }) => {
            tracing::error!(
                %error,
                "a membership that nobody granted stands yet; it is tried again"
            );
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

async fn restore(core: &Core, job: &Job, grant: &Grant) -> Result<Confirmed, IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = state_of(&*integration)?.restore(&grant.granted, grant.until, earlier(job));
    asked(&grant.granted.integration, "restore", answer).await
}

async fn take_memberships_off(core: &Core, job: &Job, grant: &Grant) -> Result<(), IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = memberships_of(&*integration)?.take_off(&grant.granted, earlier(job));
    asked(&grant.granted.integration, "take_off", answer).await
}

/// The job's grant, if it is live: whatever is being taken away, or is past its time, is ended whole.
async fn live(core: &Core, job: &Job) -> Result<Option<Grant>, StoreError> {
    let id = RequestId::new(&job.key);
    let request = core.store.request(&id).await?;
    let is_granted = request.is_some_and(|request| request.state == State::Granted);
    let grant = core.store.grant(&id).await?;
    Ok(grant.filter(|grant| is_granted && grant.has_time(core.now())))
}

fn earlier(job: &Job) -> Earlier {
    if job.attempt > 1 {
        Earlier::Some
    } else {
        Earlier::None
    }
}
