//! What integrations store in the database; each sees only its own records.

use async_trait::async_trait;

use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::config::Config;
use crate::integrations::IntegrationConfig;
use crate::integrations::records::{Records, RecordsError};
use crate::store::{ReadSettings, Store, StoreError};
use crate::usecases::Core;

/// The records of one integration.
pub(crate) struct Kept<'a> {
    pub(crate) store: &'a Store,
    pub(crate) integration: &'a str,
    pub(crate) now: Timestamp,
    /// The cause that the trail records.
    pub(crate) cause: String,
}

/// Lets every integration bring its records up to date.
pub(crate) async fn settle(core: &Core, config: &Config) -> Result<(), RecordsError> {
    for IntegrationConfig { name, settings, .. } in &config.integrations {
        let kept = Kept {
            store: &core.store,
            integration: name,
            now: core.now(),
            cause: format!("start-{}", core.owner),
        };
        settings.settle(&kept).await?;
    }
    Ok(())
}

/// What is stored under `name` for an integration.
pub(crate) async fn get(store: &Store, integration: &str, name: &str) -> Result<Option<String>, StoreError> {
    store.setting(&setting(integration, name)).await
}

fn setting(integration: &str, name: &str) -> String {
    format!("{name}:{integration}")
}

impl Kept<'_> {
    async fn event(&self, what: What) -> Result<Event, StoreError> {
        let origin = Origin {
            via: Via::Cli,
            cause: self.cause.clone(),
            actor: Actor::Apono,
        };
        Ok(Event::new(
            self.now,
            self.store.install().await?,
            origin,
            None,
            what,
        ))
    }
}

#[async_trait]
impl Records for Kept<'_> {
    async fn get(&self, name: &'static str) -> Result<Option<String>, RecordsError> {
        Ok(get(self.store, self.integration, name).await?)
    }

    async fn put_once(&self, name: &'static str, value: &str, told: What) -> Result<String, RecordsError> {
        let told = self.event(told).await?;
        let mut tx = self.store.write().await?;
        let stands = tx
            .put_setting_once(&setting(self.integration, name), value)
            .await?;
        let events = if stands == value { vec![told] } else { Vec::new() };
        tx.seal(events).await?;
        Ok(stands)
    }

    async fn put(&self, name: &'static str, value: &str, told: What) -> Result<(), RecordsError> {
        let told = self.event(told).await?;
        let mut tx = self.store.write().await?;
        tx.put_setting(&setting(self.integration, name), value).await?;
        tx.seal(vec![told]).await?;
        Ok(())
    }

    async fn tell(&self, what: What) -> Result<(), RecordsError> {
        let told = self.event(what).await?;
        self.store.write().await?.seal(vec![told]).await?;
        Ok(())
    }
}

impl From<StoreError> for RecordsError {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error))
    }
}
