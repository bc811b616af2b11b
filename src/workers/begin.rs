//! How a job that changes live access on its target begins.

use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::store::{Job, JobKind, ReadGrants, StoreError};
use crate::usecases::{Core, UseCaseError, held_up, step};

use super::backoff;

/// What has to hold before the target is told.
pub(super) struct Begins {
    /// Another kind of job that must not be running for the same access.
    pub(super) after: Option<After>,
    /// The first and the longest pause of a job that creates something on the target, which no job does while the database
    /// may be a backup; `None` for one that only removes.
    pub(super) makes: Option<(Duration, Duration)>,
    /// Also run once the time is over: the target is told the end that is stored here.
    pub(super) past_its_time: bool,
}

pub(super) struct After {
    pub(super) kind: JobKind,
    pub(super) look_again_in: Duration,
    pub(super) why: &'static str,
}

/// The job's grant, if the target may be told of it now; `None` if there is nothing to do, or not yet, or not by us.
pub(super) async fn begin(core: &Core, job: &Job, begins: &Begins) -> Result<Option<Grant>, UseCaseError> {
    // Checked before the grant is read: what begins later waits for this job, and changes the grant after it.
    if let Some(after) = &begins.after
        && core.store.is_any_leased([after.kind], &job.key).await?
    {
        let at = core.now().plus(after.look_again_in);
        step::try_again(core, job, at, after.why).await?;
        return Ok(None);
    }
    let live = live(core, job).await?;
    let Some(grant) = live.filter(|grant| begins.past_its_time || grant.has_time(core.now())) else {
        step::done(core, job).await?;
        return Ok(None);
    };
    if let Some((first, longest)) = begins.makes
        && held_up::may_be_a_backup(core).await?
    {
        let at = core.now().plus(backoff(job, first, longest));
        step::try_again(core, job, at, held_up::MAY_BE_A_BACKUP).await?;
        return Ok(None);
    }
    let is_ours = core.store.still_mine(job).await?;
    Ok(is_ours.then_some(grant))
}

/// The grant, if its access is live: access that is being revoked is ended as a whole.
async fn live(core: &Core, job: &Job) -> Result<Option<Grant>, StoreError> {
    let id = RequestId::new(&job.key);
    let request = core.store.request(&id).await?;
    let grant = core.store.grant(&id).await?;
    let is_granted = request.is_some_and(|request| request.state == State::Granted);
    Ok(grant.filter(|_| is_granted))
}
