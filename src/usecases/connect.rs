//! Credentials for live access: only for the person who has it, and every time they are shown is recorded.

use crate::access::forbidden::Forbidden;
use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::policy::Refusal;
use crate::access::request::State;
use crate::audit::event::{Event, Origin, What};
use crate::integrations::{AccessDetails, CertifiesKeys, PersonKey};
use crate::store::{ReadGrants, ReadLimits, StoredKey};

use super::facts::facts_in;
use super::{Core, UseCaseError};

/// The live grant that `by` may connect with.
#[tracing::instrument(name = "connect.begin", skip_all)]
pub async fn begin(core: &Core, by: &Person, request: &RequestId) -> Result<Grant, UseCaseError> {
    let request = core
        .store
        .request(request)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    if by.id != request.grantee {
        return Err(Forbidden::NotYours.into());
    }
    if core.waits_for_witness() {
        return Err(UseCaseError::NotCompared);
    }
    if core.store.limits().await?.revoke_only {
        return Err(Refusal::RevokeOnly.into());
    }
    let grant = core.store.grant(&request.id).await?;
    match (request.state, grant) {
        (State::Granted, Some(grant)) if grant.has_time(core.now()) => Ok(grant),
        (state, _) => Err(UseCaseError::NotNow(state)),
    }
}

/// Credentials that were made but not shown yet.
pub struct Made<'a> {
    pub details: &'a AccessDetails,
    /// The public key that they are for, if there is one; it is remembered.
    pub key: Option<&'a PersonKey>,
}

/// Records that credentials were made and are about to be shown; fails if the access is being revoked by now.
#[tracing::instrument(name = "connect.shown", skip_all)]
pub async fn shown(
    core: &Core,
    by: &Person,
    request: &RequestId,
    made: &Made<'_>,
    origin: Origin,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let (Some(request), Some(mut grant)) = (tx.request(request).await?, tx.grant(request).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if request.state != State::Granted || !grant.has_time(now) {
        return Err(UseCaseError::NotNow(request.state));
    }
    if tx.limits().await?.revoke_only {
        return Err(Refusal::RevokeOnly.into());
    }
    let credential = made.details.credential.as_ref();
    if let Some(credential) = credential {
        // Committed before it is shown: a revoke waits until the last one has expired.
        grant.credential_shown(credential.until);
        tx.put_grant(&grant).await?;
    }
    if let Some(key) = made.key {
        let stored = StoredKey {
            fingerprint: key.fingerprint.clone(),
            line: key.line.clone(),
        };
        tx.remember_key(&core.new_id(), &by.id, &stored, now).await?;
    }
    tx.note_shown(&request.id, now).await?;
    let about = facts_in(&mut tx, &request).await?;
    let what = What::CredentialsShown {
        principal: grant.granted.principal.clone(),
        key: credential.map(|credential| credential.key.clone()),
        until: credential.map(|credential| credential.until),
    };
    tx.seal(vec![Event::new(
        now,
        core.install.clone(),
        origin,
        Some(about),
        what,
    )])
    .await?;
    Ok(())
}

/// How many remembered keys are offered.
const OFFERED: u64 = 5;

/// The public keys that somebody used before and that `kind` certifies, latest first.
pub async fn known_keys(
    core: &Core,
    person: &Person,
    kind: &dyn CertifiesKeys,
) -> Result<Vec<PersonKey>, UseCaseError> {
    let stored = core.store.keys_of(&person.id, OFFERED).await?;
    Ok(stored
        .iter()
        .filter_map(|key| kind.read_key(&key.line).ok())
        .collect())
}
