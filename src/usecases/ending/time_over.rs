//! The time of access is up: from here on it is being revoked.

use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::access::transition::Act;
use crate::audit::cause::Cause;
use crate::audit::event::What;
use crate::store::{Job, ReadGrants};

use super::super::revoke::go_on_to_revoke;
use super::super::step::{advance, report};
use super::super::wanted_messages::refresh_cards;
use super::super::{Core, UseCaseError};

/// Its time is up; the same job continues with the revoke. A timer that fires early, or for access that is already being
/// revoked, does nothing.
#[tracing::instrument(name = "ending.time_over", skip_all)]
pub async fn time_over(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let id = RequestId::new(&job.key);
    let request = tx.request(&id).await?;
    let grant = tx.grant(&id).await?;
    let (Some(mut request), Some(grant)) = (request, grant) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if grant.has_time(now) {
        tx.retry(job, grant.until, "the end was moved").await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    tx.finish(job).await?;
    match request.state {
        State::Granted | State::Approved => {}
        State::Pending
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => {
            tx.seal(Vec::new()).await?;
            return Ok(());
        }
    }
    advance(&mut tx, &mut request, Act::TimeOver, now).await?;
    go_on_to_revoke(core, &mut tx, &request, job).await?;
    refresh_cards(core, &mut tx, &request, &[]).await?;
    report(
        core,
        tx,
        job,
        &request,
        What::Revoking {
            cause: Cause::TimeOver,
            reason: None,
        },
    )
    .await
}
