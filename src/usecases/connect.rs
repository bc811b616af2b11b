//! Credentials for live access: only for the person who has it, and every time they are shown is recorded.

use std::sync::Arc;

use thiserror::Error;

use crate::access::forbidden::Forbidden;
use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::policy::Refusal;
use crate::access::request::State;
use crate::access::target::Trouble;
use crate::audit::event::{Event, Origin, What};
use crate::integrations::{
    AccessDetails, CertifiesKeys, Certify, Connect, Integration, IntegrationError, KeyRefusal, PersonKey,
    asked,
};
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

/// Why there are no credentials.
#[derive(Debug, Error)]
pub enum NoCredentials {
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
    #[error(transparent)]
    Target(#[from] IntegrationError),
}

/// A public key as somebody sends it: pasted, or the fingerprint of one that is remembered. What is pasted counts.
#[derive(Clone, Copy, Debug)]
pub struct SentKey<'a> {
    pub pasted: &'a str,
    pub remembered: Option<&'a str>,
}

/// The integration of a live grant.
pub fn integration_of(core: &Core, grant: &Grant) -> Result<Arc<dyn Integration>, IntegrationError> {
    core.integrations().for_granted(&grant.granted)
}

/// The key that `by` sends, if the integration certifies one, or why it cannot be certified.
pub async fn sent_key(
    core: &Core,
    by: &Person,
    grant: &Grant,
    sent: SentKey<'_>,
) -> Result<Result<Option<PersonKey>, KeyRefusal>, NoCredentials> {
    let integration = integration_of(core, grant)?;
    let Connect::Certifies(kind) = integration.connect() else {
        return Ok(Ok(None));
    };
    if let (true, Some(chosen)) = (sent.pasted.trim().is_empty(), sent.remembered) {
        let known = known_keys(core, by, kind).await?;
        if let Some(key) = known.into_iter().find(|key| key.fingerprint == chosen) {
            return Ok(Ok(Some(key)));
        }
    }
    Ok(kind.read_key(sent.pasted).map(Some))
}

/// New credentials for the grant, with a certificate for `key` if the integration certifies one. They are recorded before
/// anybody sees them.
pub async fn make(
    core: &Core,
    by: &Person,
    grant: &Grant,
    key: Option<&PersonKey>,
    origin: Origin,
) -> Result<AccessDetails, NoCredentials> {
    let integration = integration_of(core, grant)?;
    let name = &grant.granted.integration;
    let details = match (integration.connect(), key) {
        (Connect::Makes(kind), _) => asked(name, "connect", kind.make(&grant.granted)).await?,
        (Connect::Certifies(kind), Some(key)) => {
            let order = Certify {
                key: key.clone(),
                now: core.now(),
                until: grant.until,
            };
            asked(name, "connect", kind.certify(&grant.granted, order)).await?
        }
        (Connect::Certifies(_), None) => {
            return Err(IntegrationError::refuse(Trouble::Setup, "it needs a public key").into());
        }
    };
    if details.made {
        let made = Made {
            details: &details,
            key,
        };
        shown(core, by, &grant.request, &made, origin).await?;
    }
    Ok(details)
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
