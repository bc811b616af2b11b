//! Closes requests that can never be granted because the config no longer has their integration, permission or resource.
//!
//! Invariant: only the config in force says what is gone. What policy merely no longer allows stays open: policy is asked again at
//! each answer. Live access runs until its end.

use crate::access::ids::RequestId;
use crate::access::offered::Gone;
use crate::access::request::{Request, State};
use crate::audit::event::Origin;
use crate::store::ReadPolicies;

use super::closing::{Because, close_one};
use super::{Core, UseCaseError, until_no_conflict};

/// Closes them one by one. Returns how many; 0 if another config than this process's is active, whose process does it.
#[tracing::instrument(name = "gone.close_all", skip_all)]
pub async fn close_all(core: &Core, origin: &Origin) -> Result<usize, UseCaseError> {
    if core.store.active_policy().await?.as_deref() != Some(core.policy().digest.as_str()) {
        return Ok(0);
    }
    let mut closed = 0;
    for id in core.store.ungranted_requests().await? {
        let gone = until_no_conflict!(close_if_gone(core, &id, origin))?;
        closed += usize::from(gone);
    }
    Ok(closed)
}

async fn close_if_gone(core: &Core, id: &RequestId, origin: &Origin) -> Result<bool, UseCaseError> {
    let found = core.store.request(id).await?;
    if found.is_none_or(|request| of(core, &request).is_none()) {
        return Ok(false);
    }
    let mut tx = core.store.write().await?;
    core.active_policy(&mut tx).await?;
    let Some(gone) = tx.request(id).await?.and_then(|request| of(core, &request)) else {
        return Ok(false);
    };
    let event = close_one(core, &mut tx, id, &Because::Gone(gone), origin).await?;
    let closed = event.is_some();
    tx.seal(event.into_iter().collect()).await?;
    Ok(closed)
}

/// What the config lacks of a request that is not granted yet.
fn of(core: &Core, request: &Request) -> Option<Gone> {
    match request.state {
        State::Pending | State::Approved => core.rules().offered.lacks(request),
        State::Granted
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => None,
    }
}
