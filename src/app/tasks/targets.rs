//! What an operator has to fix: the database, integrations, an audit channel that is behind, a restored backup.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::{REPLICA_LIVES, reloaded, until};
use crate::access::duration::spoken;
use crate::app::integrations::{of_known_kinds, of_unknown_kinds};
use crate::app::reload::lost_from;
use crate::config::Config;
use crate::integrations::asked;
use crate::slack::handlers::Bot;
use crate::store::StoreError;

const WATCH_EVERY: Duration = Duration::from_mins(1);

/// Tells the admins what needs their attention, whether or not everybody can be looked up.
pub(super) async fn watch_targets(bot: &Bot, mut config: Receiver<Arc<Config>>) {
    // A restart alone changes the address.
    let unprotected = config.borrow().database.url.unprotected();
    loop {
        let current = Arc::clone(&config.borrow_and_update());
        let next = bot.core.now().plus(WATCH_EVERY);
        if let Some(sentence) = unprotected {
            say_unprotected(bot, sentence).await;
        }
        watch_database(bot).await;
        watch_integrations(bot).await;
        watch_lost(bot, &current).await;
        watch_audit_lag(bot).await;
        watch_restored(bot).await;
        tokio::select! {
            () = reloaded(&mut config) => {}
            () = until(&bot.core, next) => {}
        }
    }
}

/// Whether the database accepts a write now. If there may be other processes, the write records that this one is alive.
pub(super) async fn takes_writes(bot: &Bot) -> Result<(), StoreError> {
    let core = &bot.core;
    if core.store.is_alone() {
        return core.store.try_to_write(&core.owner).await;
    }
    core.store.count_replicas(&core.owner, REPLICA_LIVES).await?;
    Ok(())
}

/// Tells the admins, once, that nothing can be stored and that the bot cannot end access.
async fn watch_database(bot: &Bot) {
    const ALARM: &str = "database";
    match takes_writes(bot).await {
        Ok(()) => bot.alarms.clear(ALARM),
        Err(error) => {
            let sentence = format!(
                "I cannot write to my database ({error}), so I answer nobody and end no access until I can; `apono reap` ends access that is past its time without me. I continue automatically once the database accepts writes again."
            );
            bot.raise(ALARM, &sentence).await;
        }
    }
}

/// Tells the admins that the bot sends its data over the network without checking which server answers.
async fn say_unprotected(bot: &Bot, sentence: &str) {
    const ALARM: &str = "way to the database";
    let sentence = format!(
        "Nothing says how the connection to my own database is protected. I started only because there was live access to end. {sentence} Then restart me."
    );
    bot.raise(ALARM, &sentence).await;
}

/// Tells the admins about integrations that can grant nothing until somebody fixes them.
async fn watch_integrations(bot: &Bot) {
    const ALARM: &str = "integrations";
    let mut troubles = Vec::new();
    for (name, integration) in bot.core.integrations().iter() {
        if let Err(error) = asked(name, "ready", integration.ready()).await {
            troubles.push(format!("{name}: {error}"));
        }
    }
    if troubles.is_empty() {
        return bot.alarms.clear(ALARM);
    }
    let sentence = format!(
        "Nothing is granted on the following until this is fixed; live access ends on time. {}.",
        troubles.join("; ")
    );
    bot.raise_list(ALARM, &sentence).await;
}

/// Tells the admins, once, that nothing is granted because the audit channel is too far behind.
async fn watch_audit_lag(bot: &Bot) {
    const ALARM: &str = "audit lag";
    match bot.core.is_audit_behind().await {
        Ok(false) => bot.alarms.clear(ALARM),
        Ok(true) => {
            let longest = spoken(bot.core.rules().audit_lag);
            let sentence = format!(
                "The audit channel is more than {longest} behind, so I grant nothing until it has caught up. Live access ends on time."
            );
            bot.raise(ALARM, &sentence).await;
        }
        Err(error) => {
            tracing::error!(%error, "the database failed while checking how far behind the audit channel is");
        }
    }
}

/// Tells the admins, once, that the database was restored from a backup and that an operator has to accept it.
async fn watch_restored(bot: &Bot) {
    const ALARM: &str = "restored";
    match bot.core.store.ahead().await {
        Ok(None) => bot.alarms.clear(ALARM),
        Ok(Some(ahead)) => {
            let sentence = format!(
                "My database was restored from an older backup: the audit channel shows event #{} ({}), which it does not have. Until an operator runs `apono accept-restore`, I only revoke access; access that is live in this database ends on time.",
                ahead.seq,
                ahead.head.get(..12).unwrap_or(&ahead.head)
            );
            bot.raise(ALARM, &sentence).await;
        }
        Err(error) => tracing::error!(%error, "the database failed while checking whether it was restored"),
    }
}

/// Tells the admins about live access whose integration the config does not have: the bot starts anyway.
async fn watch_lost(bot: &Bot, config: &Config) {
    const ALARM: &str = "lost integrations";
    let live = match bot.core.store.live_integrations().await {
        Ok(live) => live,
        Err(error) => return tracing::error!(%error, "the database failed while checking live access"),
    };
    let mut sentences = of_unknown_kinds(&live);
    let lost = lost_from(config, &of_known_kinds(live));
    if !lost.is_empty() {
        sentences.push(format!("{} It still ends on time.", lost.join(" ")));
    }
    if sentences.is_empty() {
        return bot.alarms.clear(ALARM);
    }
    bot.raise_list(ALARM, &sentences.join(" ")).await;
}
