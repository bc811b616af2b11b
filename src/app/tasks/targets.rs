//! What an operator has to fix: integrations, an audit channel that is behind, a restored backup.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::{reloaded, until};
use crate::access::duration::spoken;
use crate::app::integrations::{of_known_kinds, of_unknown_kinds};
use crate::app::reload::lost_from;
use crate::config::Config;
use crate::integrations::asked;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::store::StoreError;
use crate::workers::troubles::failed;

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

/// Tells the admins that the bot sends its data over the network without checking which server answers.
async fn say_unprotected(bot: &Bot, sentence: &str) {
    const ALARM: Matter = Matter::WayToDatabase;
    let sentence = format!(
        "Nothing says how the connection to my own database is protected. I started only because there was live access to end. {sentence} Then restart me."
    );
    bot.raise(ALARM, &sentence).await;
}

/// Tells the admins about integrations that can grant nothing until somebody fixes them.
async fn watch_integrations(bot: &Bot) {
    const ALARM: Matter = Matter::Integrations;
    let mut troubles = Vec::new();
    for (name, integration) in bot.core.integrations().iter() {
        if let Err(error) = asked(name, "ready", integration.ready()).await {
            troubles.push(format!("{name}: {error}"));
        }
    }
    if troubles.is_empty() {
        return bot.calm(&ALARM).await;
    }
    let sentence = format!(
        "Nothing is granted on the following until this is fixed; live access ends on time. {}.",
        troubles.join("; ")
    );
    bot.raise_list(ALARM, &sentence).await;
}

/// Tells the admins, once, that nothing is granted because the audit channel is too far behind.
async fn watch_audit_lag(bot: &Bot) {
    const ALARM: Matter = Matter::AuditLag;
    match bot.core.is_audit_behind().await {
        Ok(false) => bot.calm(&ALARM).await,
        Ok(true) => {
            let longest = spoken(bot.core.rules().audit_lag);
            let sentence = format!(
                "The audit channel is more than {longest} behind, so I grant nothing until it has caught up. Live access ends on time."
            );
            bot.raise(ALARM, &sentence).await;
        }
        Err(error) => unknown(bot, error),
    }
}

/// Tells the admins, once, that the database was restored from a backup and that an operator has to accept it.
async fn watch_restored(bot: &Bot) {
    const ALARM: Matter = Matter::Restored;
    match bot.core.store.ahead().await {
        Ok(None) => bot.calm(&ALARM).await,
        Ok(Some(ahead)) => {
            let sentence = format!(
                "My database was restored from an older backup: the audit channel shows event #{} ({}), which it does not have. Until an operator runs `apono accept-restore`, I only revoke access; access that is live in this database ends on time.",
                ahead.seq,
                ahead.head.get(..12).unwrap_or(&ahead.head)
            );
            bot.raise(ALARM, &sentence).await;
        }
        Err(error) => unknown(bot, error),
    }
}

/// Tells the admins about live access whose integration the config does not have: the bot starts anyway.
async fn watch_lost(bot: &Bot, config: &Config) {
    const ALARM: Matter = Matter::LostIntegrations;
    let live = match bot.core.store.live_integrations().await {
        Ok(live) => live,
        Err(error) => return unknown(bot, error),
    };
    let mut sentences = of_unknown_kinds(&live);
    let lost = lost_from(config, &of_known_kinds(live));
    if !lost.is_empty() {
        sentences.push(format!("{} It still ends on time.", lost.join(" ")));
    }
    if sentences.is_empty() {
        return bot.calm(&ALARM).await;
    }
    bot.raise_list(ALARM, &sentences.join(" ")).await;
}

/// The database failed, so what an operator has to fix is not known.
fn unknown(bot: &Bot, error: StoreError) {
    let watch = Matter::Task("the watch for what an operator has to fix");
    failed(
        &bot.core,
        watch,
        "the database failed while checking what an operator has to fix",
        error,
    );
}
