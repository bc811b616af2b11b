//! Correcting what somebody changed on a target, and removing memberships that nobody granted. Both are retried until
//! the target is as granted or refuses, or the access is no longer live. The next check sees whether it has to be done again.
//!
//! Invariant: what a try removed is no longer in use once the job is done, whatever the outcome of that try: each later one
//! ends the grantee's sessions again, going by the try's number in the job's row, which outlives the process.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::integrations::{Confirmed, Earlier, IntegrationError, memberships_of, state_of};
use crate::store::{Job, JobKind};
use crate::usecases::reconcile::ungranted;
use crate::usecases::{Core, UseCaseError, reconcile};

use super::begin::{After, Begins, begin};
use super::tell_again;
use super::troubles::{ask, job_failed};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// While a worker tells the target of a later end, which waits for this job too and checks more often.
const WAIT_FOR_EXTENSION: Duration = Duration::from_millis(500);

const SETS_RIGHT: Begins = Begins {
    after: Some(After {
        kind: JobKind::Extend,
        look_again_in: WAIT_FOR_EXTENSION,
        why: "it is being extended right now",
    }),
    makes: Some((FIRST_PAUSE, LONGEST_PAUSE)),
    past_its_time: false,
};

/// It creates nothing, so it waits for nothing.
const TAKES_OFF: Begins = Begins {
    after: None,
    makes: None,
    past_its_time: false,
};

pub(super) async fn run(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    let Some(grant) = begin(core, job, &SETS_RIGHT).await? else {
        return Ok(());
    };
    match set_right(core, job, &grant).await {
        Ok(confirmed) => reconcile::restored(core, job, &confirmed).await,
        Err(error @ IntegrationError::Refuse { .. }) => {
            reconcile::not_restored(core, job, error.failure()).await
        }
        Err(error @ IntegrationError::Retry { .. }) => {
            let what = "access could not be corrected on its target; it will be retried";
            job_failed(core, job, what, &error);
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

/// The same for memberships alone.
pub(super) async fn take_off(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    let Some(grant) = begin(core, job, &TAKES_OFF).await? else {
        return Ok(());
    };
    match take_memberships(core, job, &grant).await {
        Ok(()) => ungranted::taken_off(core, job).await,
        Err(error @ IntegrationError::Refuse { .. }) => {
            reconcile::not_restored(core, job, error.failure()).await
        }
        Err(error @ IntegrationError::Retry { .. }) => {
            tracing::error!(
                %error,
                "a membership that nobody granted is still there; it will be retried"
            );
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

async fn set_right(core: &Core, job: &Job, grant: &Grant) -> Result<Confirmed, IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = state_of(&*integration)?.restore(&grant.granted, grant.until, earlier(job));
    ask(core, &grant.granted.integration, "restore", answer).await
}

async fn take_memberships(core: &Core, job: &Job, grant: &Grant) -> Result<(), IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = memberships_of(&*integration)?.take_off(&grant.granted, earlier(job));
    ask(core, &grant.granted.integration, "take_off", answer).await
}

fn earlier(job: &Job) -> Earlier {
    if job.attempt > 1 {
        Earlier::Some
    } else {
        Earlier::None
    }
}
