//! What can be requested: each integration is asked now and then, and the last good answer is used.

use crate::access::resource::Resource;
use crate::integrations::Offer;
use crate::lasting::Matter;
use crate::store::StoreError;
use crate::usecases::Core;

use super::troubles::{ask, calmed, failed, failed_on_target, succeeded_on_target};

/// As the log calls it.
const ACT: &str = "asking for resources";

const STORING: Matter = Matter::Task("storing what can be requested");

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
        match ask(core, name, "discover", target.discover()).await {
            Ok(resources) => {
                answered += 1;
                succeeded_on_target(core, name, ACT);
                // Large catalogues take a second to write, and nobody else can write to SQLite meanwhile.
                if core.catalogue.knows(name, &resources) {
                    continue;
                }
                match keep(core, name, &resources).await {
                    Ok(()) => {
                        core.catalogue.replace(name, resources);
                        drop(calmed(core, &STORING));
                    }
                    Err(error) => {
                        failed(core, STORING, "discovered resources could not be stored", error);
                    }
                }
            }
            Err(error) => {
                let what = format!("{name} could not be asked for its resources");
                failed_on_target(core, name, ACT, &what, &error);
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
