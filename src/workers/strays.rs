//! Ending access on a target that belongs to no live request, and removing what it leaves.

use crate::store::{Job, ReadStrays, Stray};
use crate::usecases::left_over::{self, LeftOver};
use crate::usecases::reconcile::{Whose, cleaned, gone, let_go, whose};
use crate::usecases::{Core, UseCaseError, step};

use super::troubles::job_failed;
use super::{clean_up, pause_after, revoke, tell_again};

/// Keeps trying until it is read back that it is gone.
pub(super) async fn end(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let stray = core.store.stray(&job.key).await?;
    let Some(stray) = stray.filter(|stray| stray.ended_at.is_none()) else {
        return step::done(core, job).await;
    };
    if core.now() < stray.until {
        return step::try_again(core, job, stray.until, "the end was moved").await;
    }
    if belongs_to_a_request(core, &stray).await? {
        return Ok(let_go(core, job, &stray).await?);
    }
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    match revoke::end(core, &stray.granted).await {
        Ok(revoked) => gone(core, job, &stray, &revoked).await,
        Err(error) => {
            let what = format!(
                "{}, access without a request, could not be ended; it will be retried",
                stray.name
            );
            job_failed(core, job, &what, &error);
            tell_again(core, job, &error, revoke::FIRST_PAUSE, revoke::LONGEST_PAUSE).await
        }
    }
}

pub(super) async fn clean(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let stray = core.store.stray(&job.key).await?;
    let Some(stray) = stray.filter(|stray| stray.ended_at.is_some()) else {
        return step::done(core, job).await;
    };
    match clean_up::clean(core, &stray.granted).await {
        Ok(done) => cleaned(core, job, &stray, &done).await,
        Err(error) => {
            let pause = pause_after(&error, job, clean_up::FIRST_PAUSE, clean_up::LONGEST_PAUSE);
            let what = format!(
                "leftovers of {} could not be removed; it will be retried",
                stray.name
            );
            job_failed(core, job, &what, &error);
            let left = LeftOver {
                request: stray.request.as_ref(),
                integration: &stray.granted.integration,
                principal: &stray.granted.principal,
                ended_at: stray.ended_at.unwrap_or(stray.until),
            };
            let at = core.now().plus(pause);
            left_over::try_again(core, job, &left, at, error.failure()).await
        }
    }
}

/// A request may have got its number and its name since it was found: after a restored backup they are given out again.
async fn belongs_to_a_request(core: &Core, stray: &Stray) -> Result<bool, UseCaseError> {
    let Ok(integration) = core.integrations().for_granted(&stray.granted) else {
        return Ok(false);
    };
    let Some(target) = integration.state() else {
        return Ok(false);
    };
    Ok(whose(core, target, stray.number, &stray.name).await? == Whose::Standing)
}
