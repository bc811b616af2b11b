//! What can be requested: each integration is asked now and then, and the last good answer is used.

use crate::access::resource::Resource;
use crate::integrations::{Offer, asked};
use crate::store::StoreError;
use crate::usecases::Core;

/// What the config lists, and what was known when this process last ran, so forms work before any target has answered.
pub async fn recall(core: &Core) -> Result<(), StoreError> {
    for (name, integration) in core.integrations().iter() {
        let resources = match integration.offer() {
            Offer::Listed(resources) => resources,
            Offer::Discovered(_) => core.store.catalogue(name).await?,
        };
        core.catalogue.replace(name, resources);
    }
    Ok(())
}

/// Asks every integration once. An outage changes nothing. Returns how many answered.
pub async fn tick(core: &Core) -> usize {
    let mut answered = 0;
    for (name, integration) in core.integrations().iter() {
        let target = match integration.offer() {
            Offer::Listed(resources) => {
                answered += 1;
                core.catalogue.replace(name, resources);
                continue;
            }
            Offer::Discovered(target) => target,
        };
        match asked(name, "discover", target.discover()).await {
            Ok(resources) => {
                answered += 1;
                // Large catalogues take a second to write, and nobody else can write to SQLite meanwhile.
                if core.catalogue.knows(name, &resources) {
                    continue;
                }
                match keep(core, name, &resources).await {
                    Ok(()) => core.catalogue.replace(name, resources),
                    Err(error) => {
                        tracing::warn!(%error, integration = name, "discovered resources could not be stored");
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, integration = name, "an integration could not be asked for its resources");
            }
        }
    }
    answered
}

async fn keep(core: &Core, name: &str, resources: &[Resource]) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    tx.replace_catalogue(name, resources, core.now()).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}
