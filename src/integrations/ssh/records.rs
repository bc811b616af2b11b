//! The keys of certificate authorities: created once, recorded once, and the same from then on.
//!
//! Invariant: a key is created only for an integration that has none on record. A lost or changed key is never replaced
//! automatically: until an admin accepts another key on the machine, nothing is granted with it (the trail says so), and live
//! access still ends on time.

use super::authority::{AuthorityKey, fingerprint};
use super::{SshSettings, blocking, trust};
use crate::access::target::Trouble;
use crate::audit::cause::KeyTrouble;
use crate::audit::event::What;
use crate::integrations::IntegrationError;
use crate::integrations::kind::{AcceptError, Authority};
use crate::integrations::records::{Records, RecordsError};

/// The fingerprint of the authority's key.
pub(super) const CA_KEY: &str = "ssh_ca";

/// Records the key of an authority that has none on record, and writes to the trail if a key cannot be used.
pub(super) async fn settle(settings: &SshSettings, records: &dyn Records) -> Result<(), RecordsError> {
    let key = settings.authority.clone();
    let trouble = match records.get(CA_KEY).await? {
        None => return first_time(settings, key, records).await,
        Some(on_record) => match found(key).await {
            Ok(found) if found == on_record => return Ok(()),
            Ok(fingerprint) => (Some(on_record), KeyTrouble::Another { fingerprint }),
            Err(error) => (Some(on_record), unusable(&error)),
        },
    };
    refused(settings, trouble, records).await
}

/// Takes the present key, or creates one if it may; the record and the event about it are committed together.
async fn first_time(
    settings: &SshSettings,
    key: AuthorityKey,
    records: &dyn Records,
) -> Result<(), RecordsError> {
    let made = key.can_be_made();
    let fingerprint = match take(key, made).await {
        Ok(fingerprint) => fingerprint,
        Err(error) => return refused(settings, (None, unusable(&error)), records).await,
    };
    let told = recorded(settings, &fingerprint, made);
    let stands = records.put_once(CA_KEY, &fingerprint, told).await?;
    if stands == fingerprint {
        return Ok(());
    }
    // Another replica was faster, with its own key.
    refused(
        settings,
        (Some(stands), KeyTrouble::Another { fingerprint }),
        records,
    )
    .await
}

async fn refused(
    settings: &SshSettings,
    (on_record, why): (Option<String>, KeyTrouble),
    records: &dyn Records,
) -> Result<(), RecordsError> {
    let what = What::AuthorityRefused {
        integration: settings.name.clone(),
        on_record,
        why,
    };
    tracing::error!(
        ?what,
        "a certificate authority cannot be used; nothing is granted on it"
    );
    records.tell(what).await
}

fn recorded(settings: &SshSettings, fingerprint: &str, made: bool) -> What {
    What::AuthorityRecorded {
        integration: settings.name.clone(),
        fingerprint: fingerprint.to_owned(),
        made,
    }
}

/// The fingerprint of the present key, which is created first if `make` says so.
async fn take(key: AuthorityKey, make: bool) -> Result<String, IntegrationError> {
    if make {
        let place = key.clone();
        blocking(move || place.make()).await?;
    }
    found(key).await
}

async fn found(key: AuthorityKey) -> Result<String, IntegrationError> {
    blocking(move || key.public_key().map(|key| fingerprint(key.key_data()))).await
}

fn unusable(error: &IntegrationError) -> KeyTrouble {
    KeyTrouble::Unusable {
        said: error.to_string(),
    }
}

#[async_trait::async_trait]
impl Authority for SshSettings {
    fn trust(&self, on_record: Option<&str>) -> Result<String, IntegrationError> {
        if self.authority.can_be_made() {
            return Err(IntegrationError::refuse(
                Trouble::Setup,
                "the bot creates its CA key at the next start or reload; start it, or send it SIGHUP, then try again",
            ));
        }
        let key = self.authority.public_key()?;
        let stands = fingerprint(key.key_data());
        match on_record {
            Some(on_record) if on_record != stands => Err(IntegrationError::refuse(
                Trouble::Setup,
                format!(
                    "the present CA key ({stands}) is not the one on record ({on_record}); do not let hosts trust it. Restore the previous key, or accept this one on purpose: apono ssh accept-key --integration NAME"
                ),
            )),
            Some(_) | None => Ok(trust::trust(self, &key, on_record.is_some())),
        }
    }

    fn record(&self) -> &'static str {
        CA_KEY
    }

    async fn accept(&self, records: &dyn Records) -> Result<String, AcceptError> {
        let key = self.authority.clone();
        let made = key.can_be_made();
        let fingerprint = take(key, made).await?;
        records
            .put(CA_KEY, &fingerprint, recorded(self, &fingerprint, made))
            .await?;
        Ok(fingerprint)
    }
}
