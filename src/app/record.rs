//! Starts and stops, as the trail records them.

use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::config::Config;
use crate::store::StoreError;
use crate::usecases::Core;

/// The version that the trail and `--version` name.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Activates the config's policy and records the start; the very first event is the install's genesis.
pub(super) async fn started(core: &Core, config: &Config) -> Result<(), StoreError> {
    let now = core.now();
    let origin = Origin {
        via: Via::Cli,
        cause: format!("start-{}", core.owner),
        actor: Actor::Apono,
    };
    let event = |what| Event::new(now, core.install.clone(), origin.clone(), None, what);
    let mut events = Vec::new();
    if core.store.head().await?.seq == 0 {
        events.push(event(What::Genesis));
    }
    let to_digest = config.policy.digest.clone();
    let from_digest = core.store.active_policy().await?;
    let mut tx = core.store.write().await?;
    if from_digest.as_ref() != Some(&to_digest) {
        tx.activate_policy(&to_digest, &config.text, now).await?;
        events.push(event(What::PolicyChanged {
            from_digest,
            to_digest: to_digest.clone(),
        }));
    }
    events.push(event(What::Started {
        version: VERSION.to_owned(),
        policy_digest: to_digest,
    }));
    tx.seal(events).await?;
    Ok(())
}

/// Records that it was told to stop.
pub(super) async fn stopped(core: &Core) -> Result<(), StoreError> {
    let origin = Origin {
        via: Via::Cli,
        cause: format!("stop-{}", core.owner),
        actor: Actor::Apono,
    };
    let tx = core.store.write().await?;
    tx.seal(vec![Event::new(
        core.now(),
        core.install.clone(),
        origin,
        None,
        What::Stopped,
    )])
    .await?;
    Ok(())
}
