//! Credentials for live access: only for whoever has it, and every showing is recorded.

use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::request::{Request, State};
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::store::Grant;

use super::facts::stored_facts;
use super::{Core, UseCaseError, person_facts};

/// The live grant that `by` may connect with.
pub async fn begin(core: &Core, by: &Person, request: &RequestId) -> Result<Grant, UseCaseError> {
    let request = core
        .store
        .request(request)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    if by.id != request.grantee {
        return Err(UseCaseError::NotYours);
    }
    let grant = core.store.grant(&request.id).await?;
    match (request.state, grant) {
        (State::Granted, Some(grant)) if core.now() < grant.until => Ok(grant),
        (state, _) => Err(UseCaseError::NotNow(state)),
    }
}

/// Records that credentials were made and are about to be shown.
pub async fn shown(
    core: &Core,
    by: &Person,
    request: &Request,
    grant: &Grant,
    cause: &str,
) -> Result<(), UseCaseError> {
    let about = stored_facts(&core.store, request).await?;
    let origin = Origin {
        via: Via::Slack,
        cause: cause.to_owned(),
        actor: Actor::Person(person_facts(by)),
    };
    let what = What::CredentialsShown {
        principal: grant.granted.principal.clone(),
    };
    let tx = core.store.write().await?;
    tx.seal(vec![Event::new(
        core.now(),
        core.install.clone(),
        origin,
        Some(about),
        what,
    )])
    .await?;
    core.wakes.all();
    Ok(())
}
