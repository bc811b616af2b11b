//! The keys of certificate authorities: made once, recorded once, and from then on only ever the same.
//!
//! Invariant: a key is made only for an integration that has none on record. A key that is lost or exchanged is never
//! replaced by itself: nothing is granted with it, which is said in the trail, and live access ends on time all the same,
//! until an admin says on the machine that another key is right.

use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::audit::cause::KeyTrouble;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::config::{Config, IntegrationKind};
use crate::integrations::IntegrationError;
use crate::integrations::ssh::{AuthorityKey, fingerprint};
use crate::store::{ReadSettings, Store, StoreError};
use crate::usecases::Core;

use super::integrations::authority_key;

/// Records the key of every authority that has none on record, and tells the trail of those that cannot be used.
pub(super) async fn settle(core: &Core, config: &Config) -> Result<(), StoreError> {
    for integration in &config.integrations {
        let IntegrationKind::Ssh(settings) = &integration.kind else {
            continue;
        };
        let key = authority_key(&settings.ca_key);
        let told = match on_record(&core.store, &integration.name).await? {
            None => first_time(core, &integration.name, key).await?,
            Some(recorded) => match found(key).await {
                Ok(found) if found == recorded => None,
                Ok(fingerprint) => {
                    let why = KeyTrouble::Another { fingerprint };
                    Some(refused(&integration.name, Some(recorded), why))
                }
                Err(error) => Some(refused(&integration.name, Some(recorded), unusable(&error))),
            },
        };
        if let Some(what) = told {
            tell(core, what).await?;
        }
    }
    Ok(())
}

/// The fingerprint of the key that an integration's authority was recorded with.
pub(crate) async fn on_record(store: &Store, integration: &str) -> Result<Option<String>, StoreError> {
    store.setting(&setting(integration)).await
}

fn setting(integration: &str) -> String {
    format!("ssh_ca:{integration}")
}

/// An admin says that the key which stands there now is the right one; it counts from the next start. Makes it where apono
/// makes keys and there is none. Returns its fingerprint.
pub(crate) async fn accept(
    store: &Store,
    integration: &str,
    key: AuthorityKey,
    now: Timestamp,
) -> Result<String, AcceptError> {
    let made = key.can_be_made();
    let fingerprint = take(key, made).await?;
    let mut tx = store.write().await?;
    tx.put_setting(&setting(integration), &fingerprint).await?;
    let what = What::AuthorityRecorded {
        integration: integration.to_owned(),
        fingerprint: fingerprint.clone(),
        made,
    };
    let origin = Origin {
        via: Via::Cli,
        cause: "ssh accept-key".to_owned(),
        actor: Actor::Apono,
    };
    tx.seal(vec![Event::new(now, store.install().await?, origin, None, what)])
        .await?;
    Ok(fingerprint)
}

/// Why a key could not be accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    #[error(transparent)]
    Key(#[from] IntegrationError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the key that stands there, or makes one where it may; the record is sealed with the event that tells of it.
async fn first_time(core: &Core, integration: &str, key: AuthorityKey) -> Result<Option<What>, StoreError> {
    let made = key.can_be_made();
    let fingerprint = match take(key, made).await {
        Ok(fingerprint) => fingerprint,
        Err(error) => return Ok(Some(refused(integration, None, unusable(&error)))),
    };
    let mut tx = core.store.write().await?;
    let stands = tx.put_setting_once(&setting(integration), &fingerprint).await?;
    if stands != fingerprint {
        // Another replica was faster, with a key of its own.
        tx.seal(Vec::new()).await?;
        let why = KeyTrouble::Another { fingerprint };
        return Ok(Some(refused(integration, Some(stands), why)));
    }
    let recorded = What::AuthorityRecorded {
        integration: integration.to_owned(),
        fingerprint,
        made,
    };
    tx.seal(vec![event(core, recorded)]).await?;
    Ok(None)
}

/// The fingerprint of the key that stands there, made first where `make` says so.
async fn take(key: AuthorityKey, make: bool) -> Result<String, IntegrationError> {
    if make {
        let place = key.clone();
        tokio::task::spawn_blocking(move || place.make())
            .await
            .unwrap_or_else(|_| {
                Err(IntegrationError::retry(
                    Trouble::Odd,
                    "the CA key could not be made",
                ))
            })?;
    }
    found(key).await
}

async fn found(key: AuthorityKey) -> Result<String, IntegrationError> {
    tokio::task::spawn_blocking(move || key.public_key().map(|key| fingerprint(key.key_data())))
        .await
        .unwrap_or_else(|_| {
            Err(IntegrationError::retry(
                Trouble::Odd,
                "the CA key could not be read",
            ))
        })
}

fn unusable(error: &IntegrationError) -> KeyTrouble {
    KeyTrouble::Unusable {
        said: error.to_string(),
    }
}

fn refused(integration: &str, on_record: Option<String>, why: KeyTrouble) -> What {
    What::AuthorityRefused {
        integration: integration.to_owned(),
        on_record,
        why,
    }
}

async fn tell(core: &Core, what: What) -> Result<(), StoreError> {
    tracing::error!(
        ?what,
        "a certificate authority cannot be used; nothing is granted on it"
    );
    let tx = core.store.write().await?;
    tx.seal(vec![event(core, what)]).await?;
    Ok(())
}

fn event(core: &Core, what: What) -> Event {
    let origin = Origin {
        via: Via::Cli,
        cause: format!("start-{}", core.owner),
        actor: Actor::Apono,
    };
    Event::new(core.now(), core.install.clone(), origin, None, what)
}
