//! Starts, stops and changes of the config, as the trail records them.

use super::down;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::config::{Config, changes};
use crate::slack::views::audit_post::policy;
use crate::store::{ReadPolicies, StoreError, Tx};
use crate::usecases::{Core, portal};

/// The version that the trail and `--version` name.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How many problems one event holds at most.
const MOST: usize = 50;

/// Activates the config's policy and records the start; the very first event is the install's genesis.
pub(crate) async fn started(core: &Core, config: &Config) -> Result<(), StoreError> {
    let down = down::since(&core.store).await?;
    let mut events = Vec::new();
    if core.store.head().await?.seq == 0 {
        events.push(event(core, "start", What::Genesis));
    }
    let mut tx = core.store.write().await?;
    events.extend(activate(core, &mut tx, config, Change::default(), "start").await?);
    events.push(event(
        core,
        "start",
        What::Started {
            version: VERSION.to_owned(),
            policy_digest: config.policy.digest.clone(),
            down,
        },
    ));
    tx.seal(events).await?;
    Ok(())
}

/// What comparing two config texts does not show.
#[derive(Default)]
pub(super) struct Change {
    /// What applies only after a restart, by section and key.
    pub(super) needs_restart: Vec<String>,
    /// What differs in values that are never stored, one sentence each.
    pub(super) hidden: Vec<String>,
}

/// Activates a reloaded config's policy and records what changed; records nothing if nothing did.
pub(super) async fn reloaded(
    core: &Core,
    config: &Config,
    change: Change,
    exchanged: Vec<String>,
) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    let mut events = activate(core, &mut tx, config, change, "reload").await?;
    if !exchanged.is_empty() {
        events.push(event(core, "reload", What::TokensExchanged { which: exchanged }));
    }
    tx.seal(events).await?;
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

/// Records that apono was told to stop.
pub(crate) async fn stopped(core: &Core) -> Result<(), StoreError> {
    let tx = core.store.write().await?;
    tx.seal(vec![event(core, "stop", What::Stopped)]).await?;
    Ok(())
}

/// Makes the config's policy the active one, and ends the sessions of those who read by a role that it no longer gives. Returns what
/// differs, in as many events as it takes posts; none if nothing differs.
async fn activate(
    core: &Core,
    tx: &mut Tx,
    config: &Config,
    change: Change,
    during: &str,
) -> Result<Vec<Event>, StoreError> {
    let to_digest = config.policy.digest.clone();
    let from_digest = tx.active_policy().await?;
    let is_same = from_digest.as_ref() == Some(&to_digest);
    if is_same && change.hidden.is_empty() {
        return Ok(Vec::new());
    }
    let former = match &from_digest {
        Some(digest) if !is_same => tx.policy_version(digest).await?,
        Some(_) | None => None,
    };
    let mut sentences = former.map_or_else(Vec::new, |(text, _)| {
        differences(&text, &config.text, &change.hidden)
    });
    sentences.extend(change.hidden);
    let active_before = if is_same {
        None
    } else {
        tx.policy_version(&to_digest).await?.map(|(_, at)| at)
    };
    tx.activate_policy(&to_digest, &config.text, core.now()).await?;
    let mut parts = policy::parts(&sentences).into_iter();
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let first = What::PolicyChanged {
        from_digest,
        to_digest,
        changes: parts.next().unwrap_or_default(),
        active_before,
        needs_restart: change.needs_restart,
    };
    let further = (2..)
        .zip(parts)
        .map(|(part, changes)| What::PolicyChangedFurther { part, of, changes });
    let changed = std::iter::once(first).chain(further);
    let mut events: Vec<Event> = changed.map(|what| event(core, during, what)).collect();
    events.extend(portal::end_without_role(core, tx, &config.policy, &origin(core, during)).await?);
    Ok(events)
}

fn differences(from: &str, to: &str, hidden: &[String]) -> Vec<String> {
    match changes(from, to) {
        Some(changes) if changes.is_empty() && hidden.is_empty() => {
            vec!["only comments and layout".to_owned()]
        }
        Some(changes) => changes,
        None => vec!["the previous config can no longer be read".to_owned()],
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
    Event::new(core.now(), core.install.clone(), origin(core, during), None, what)
}

fn origin(core: &Core, during: &str) -> Origin {
    Origin {
        via: Via::Cli,
        cause: format!("{during}-{}", core.owner),
        actor: Actor::Apono,
    }
}
