//! Starts, stops and changes of the config, as the trail records them.

use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::config::{Config, changes};
use crate::store::{StoreError, Tx};
use crate::usecases::Core;

/// The version that the trail and `--version` name.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Most changes or problems that one event holds.
const MOST: usize = 50;

/// Activates the config's policy and records the start; the very first event is the install's genesis.
pub(super) async fn started(core: &Core, config: &Config) -> Result<(), StoreError> {
    let mut events = Vec::new();
    if core.store.head().await?.seq == 0 {
        events.push(event(core, "start", What::Genesis));
    }
    let mut tx = core.store.write().await?;
    let changed = activate(core, &mut tx, config, Vec::new()).await?;
    events.extend(changed.map(|what| event(core, "start", what)));
    events.push(event(
        core,
        "start",
        What::Started {
            version: VERSION.to_owned(),
            policy_digest: config.policy.digest.clone(),
        },
    ));
    tx.seal(events).await?;
    Ok(())
}

/// Activates a reloaded config's policy and records what is different now; nothing if nothing is.
pub(super) async fn reloaded(
    core: &Core,
    config: &Config,
    needs_restart: Vec<String>,
    exchanged: Vec<String>,
) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    let changed = activate(core, &mut tx, config, needs_restart).await?;
    let exchanged = (!exchanged.is_empty()).then_some(What::TokensExchanged { which: exchanged });
    let events = changed.into_iter().chain(exchanged);
    tx.seal(events.map(|what| event(core, "reload", what)).collect())
        .await?;
    Ok(())
}

/// Records why a reload changed nothing.
pub(super) async fn reload_refused(core: &Core, problems: &[String]) -> Result<(), StoreError> {
    let what = What::ReloadRefused {
        problems: at_most(problems.to_vec()),
    };
    let tx = core.store.write().await?;
    tx.seal(vec![event(core, "reload", what)]).await?;
    Ok(())
}

/// Records that it was told to stop.
pub(super) async fn stopped(core: &Core) -> Result<(), StoreError> {
    let tx = core.store.write().await?;
    tx.seal(vec![event(core, "stop", What::Stopped)]).await?;
    Ok(())
}

/// Makes the config's policy the active one; `None` if it is already.
async fn activate(
    core: &Core,
    tx: &mut Tx,
    config: &Config,
    needs_restart: Vec<String>,
) -> Result<Option<What>, StoreError> {
    let to_digest = config.policy.digest.clone();
    let from_digest = tx.active_policy().await?;
    if from_digest.as_ref() == Some(&to_digest) {
        return Ok(None);
    }
    let differences = match &from_digest {
        Some(digest) => {
            let former = tx.policy_version(digest).await?;
            former.map(|(text, _)| differences(&text, &config.text))
        }
        None => None,
    };
    let active_before = tx.policy_version(&to_digest).await?.map(|(_, at)| at);
    tx.activate_policy(&to_digest, &config.text, core.now()).await?;
    Ok(Some(What::PolicyChanged {
        from_digest,
        to_digest,
        changes: at_most(differences.unwrap_or_default()),
        active_before,
        needs_restart,
    }))
}

fn differences(from: &str, to: &str) -> Vec<String> {
    match changes(from, to) {
        Some(changes) if changes.is_empty() => vec!["only comments and layout".to_owned()],
        Some(changes) => changes,
        None => vec!["the former config cannot be read any more".to_owned()],
    }
}

fn at_most(mut sentences: Vec<String>) -> Vec<String> {
    if sentences.len() > MOST {
        let rest = sentences.split_off(MOST - 1).len();
        sentences.push(format!("{rest} more"));
    }
    sentences
}

fn event(core: &Core, during: &str, what: What) -> Event {
    let origin = Origin {
        via: Via::Cli,
        cause: format!("{during}-{}", core.owner),
        actor: Actor::Apono,
    };
    Event::new(core.now(), core.install.clone(), origin, None, what)
}
