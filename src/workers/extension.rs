//! Telling targets that access ends later. Retried until the target confirms or refuses, or the access is no longer live.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::integrations::{Confirmed, IntegrationError};
use crate::store::{Job, JobKind};
use crate::usecases::{Core, UseCaseError, extend};

use super::begin::{After, Begins, begin};
use super::tell_again;
use super::troubles::{ask, job_failed};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// While a worker corrects the target, which may shorten the end that this moves.
const WAIT_FOR_RESTORE: Duration = Duration::from_millis(200);

const BEGINS: Begins = Begins {
    after: Some(After {
        kind: JobKind::Restore,
        look_again_in: WAIT_FOR_RESTORE,
        why: "it is being corrected right now",
    }),
    makes: Some((FIRST_PAUSE, LONGEST_PAUSE)),
    past_its_time: true,
};

pub(super) async fn run(core: &Arc<Core>, job: &Job) -> Result<(), UseCaseError> {
    let Some(grant) = begin(core, job, &BEGINS).await? else {
        return Ok(());
    };
    match tell(core, &grant).await {
        Ok(confirmed) => extend::confirmed(core, job, grant.until, &confirmed).await,
        Err(error @ IntegrationError::Refuse { .. }) => extend::refused(core, job, error.failure()).await,
        Err(error @ IntegrationError::Retry { .. }) => {
            let what = "a target could not be told of a later end; it will be retried";
            job_failed(core, job, what, &error);
            tell_again(core, job, &error, FIRST_PAUSE, LONGEST_PAUSE).await
        }
    }
}

async fn tell(core: &Core, grant: &Grant) -> Result<Confirmed, IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = integration.grant(&grant.granted, grant.until);
    ask(core, &grant.granted.integration, "grant", answer).await
}
