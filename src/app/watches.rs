//! What is looked at so that an operator hears of it: the bot token, the sockets, targets, the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::reload::lost_from;
use super::slack::{REPLICA_LIVES, SAY_EVERY, reloaded, until};
use super::sockets::Sockets;
use crate::access::duration::spoken;
use crate::access::ids::RequestId;
use crate::config::Config;
use crate::slack::handlers::Bot;
use crate::store::StoreError;
use crate::usecases::{Core, overdue};

const WATCH_EVERY: Duration = Duration::from_mins(1);

const CLOCK_EVERY: Duration = Duration::from_secs(30);

/// Clocks of several replicas differ, and NTP corrects them.
const CLOCK_MAY_DIFFER: Duration = Duration::from_secs(10);

/// Says as long as it is so that Slack does not take the bot token any more.
pub(super) async fn watch_token(bot: Arc<Bot>) {
    const ALARM: &str = "bot token";
    let mut refused = bot.web.refused();
    loop {
        let why = refused.borrow_and_update().clone();
        if let Some(code) = why {
            let sentence = format!(
                "Slack does not take my bot token any more ({code}), so nobody is answered. Live access still ends on time. Put a new token in its place and send me SIGHUP."
            );
            bot.alarms
                .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                .await;
            // It is said again, or not at all if it is well by then.
            let _ = tokio::time::timeout(SAY_EVERY, refused.changed()).await;
        } else {
            bot.alarms.clear(ALARM);
            if refused.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Tells the admins of what needs them, whether or not everybody can be looked up.
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

/// Whether the database takes a write now. Where there may be other processes, what is written says that this one lives.
pub(super) async fn takes_writes(bot: &Bot) -> Result<(), StoreError> {
    let core = &bot.core;
    if core.store.is_alone() {
        return core.store.try_to_write(&core.owner).await;
    }
    core.store.count_replicas(&core.owner, REPLICA_LIVES).await?;
    Ok(())
}

/// Tells the admins, once, that nothing can be remembered, and that access does not end by the bot.
async fn watch_database(bot: &Bot) {
    const ALARM: &str = "database";
    match takes_writes(bot).await {
        Ok(()) => bot.alarms.clear(ALARM),
        Err(error) => {
            let sentence = format!(
                "I cannot write to my database ({error}), so nobody is answered and I end no access until I can; `apono reap` ends what is past its time without me. I go on by myself once it takes writes again."
            );
            bot.alarms
                .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                .await;
        }
    }
}

/// Tells the admins that what the bot remembers crosses the network to whoever answers.
async fn say_unprotected(bot: &Bot, sentence: &str) {
    const ALARM: &str = "way to the database";
    let sentence = format!(
        "Nothing says how my way to my own database is protected. I started because there was live access to end; without that I would not have. {sentence} Then restart me."
    );
    bot.alarms
        .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
        .await;
}

/// Says when the machine's clock was set back, or is behind the trail.
pub(super) async fn watch_clock(bot: Arc<Bot>) {
    const ALARM: &str = "clock";
    let core = &bot.core;
    loop {
        let behind = behind_the_trail(core).await.max(core.clock.set_back());
        if behind > CLOCK_MAY_DIFFER {
            let sentence = format!(
                "The machine's clock is {} behind the time of what I did already, so somebody set it back. While I run I go on by my own time. If I am restarted before the clock is right again, what is live then ends that much later.",
                spoken(rounded(behind))
            );
            bot.alarms
                .raise(&bot.web, &bot.directory, &core.policy(), ALARM, &sentence)
                .await;
        } else {
            bot.alarms.clear(ALARM);
        }
        core.clock.sleep_until(core.now().plus(CLOCK_EVERY)).await;
    }
}

/// To whole seconds, or to whole minutes where there is one.
fn rounded(span: Duration) -> Duration {
    let seconds = span.as_secs();
    Duration::from_secs(if seconds < 60 {
        seconds
    } else {
        (seconds + 30) / 60 * 60
    })
}

/// How far the clock is behind the last event; zero as a rule, and where the trail cannot be read.
async fn behind_the_trail(core: &Core) -> Duration {
    let last = core.store.last_event_at().await;
    last.map_or(Duration::ZERO, |last| last.since(core.now()))
}

/// Tells the admins of integrations that can grant nothing until somebody mends them.
async fn watch_integrations(bot: &Bot) {
    const ALARM: &str = "integrations";
    let mut troubles = Vec::new();
    for (name, integration) in bot.core.integrations().iter() {
        if let Err(error) = integration.ready().await {
            troubles.push(format!("{name}: {error}"));
        }
    }
    if troubles.is_empty() {
        return bot.alarms.clear(ALARM);
    }
    let sentence = format!(
        "Nothing is granted here until it is mended; live access ends on time. {}.",
        troubles.join("; ")
    );
    bot.alarms
        .raise_list(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
        .await;
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
            bot.alarms
                .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                .await;
        }
        Err(error) => tracing::error!(%error, "the database failed a look at how far the audit channel is"),
    }
}

/// Tells the admins, once, that the database was restored from a backup and that an operator has to say whether it counts.
async fn watch_restored(bot: &Bot) {
    const ALARM: &str = "restored";
    match bot.core.store.ahead().await {
        Ok(None) => bot.alarms.clear(ALARM),
        Ok(Some(ahead)) => {
            let sentence = format!(
                "My database was restored from an older backup: the audit channel shows event #{} ({}), which it does not have. Until an operator runs `apono accept-restore` I only take access away; what is live by this database ends on time.",
                ahead.seq,
                ahead.head.get(..12).unwrap_or(&ahead.head)
            );
            bot.alarms
                .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                .await;
        }
        Err(error) => tracing::error!(%error, "the database failed a look at whether it was restored"),
    }
}

/// Tells the admins of live access whose integration the config does not have: a start goes on all the same.
async fn watch_lost(bot: &Bot, config: &Config) {
    const ALARM: &str = "lost integrations";
    let lost = match bot.core.store.live_integrations().await {
        Ok(live) => lost_from(config, live),
        Err(error) => return tracing::error!(%error, "the database failed a look at what is live"),
    };
    if lost.is_empty() {
        return bot.alarms.clear(ALARM);
    }
    let sentence = format!("{} It ends on time all the same.", lost.join(" "));
    bot.alarms
        .raise_list(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
        .await;
}

/// Raises the alarm of access that should be gone, in the trail, whether or not Slack can be reached.
pub(super) async fn watch_overdue(core: Arc<Core>) {
    let mut late: Vec<RequestId> = Vec::new();
    loop {
        let next = core.now().plus(WATCH_EVERY);
        match overdue::look(&core, &late).await {
            Ok(found) => late = found,
            Err(error) => tracing::error!(%error, "the database failed a look for overdue access"),
        }
        until(&core, next).await;
    }
}

/// Says when no clicks can come in, and who has to do something about it.
pub(super) async fn watch_sockets(bot: &Bot, sockets: &Sockets) {
    const ALARM: &str = "sockets";
    while let Some(mut status) = sockets.watch().await {
        while status.changed().await.is_ok() {
            let now = status.borrow_and_update().clone();
            match now.trouble {
                Some(trouble) if trouble.needs_an_operator() => {
                    let sentence = match now.open {
                        0 => format!("I cannot receive clicks: {trouble}."),
                        open => format!(
                            "Clicks arrive, but over {open} of {} sockets: {trouble}.",
                            now.wanted
                        ),
                    };
                    bot.alarms
                        .raise_list(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                        .await;
                }
                Some(_) => {}
                None => bot.alarms.clear(ALARM),
            }
        }
    }
}

/// Says when somebody else holds sockets of this app, who then gets a part of the clicks. Slack tells how many there are
/// only when it greets one, so the count is asked for again by a new socket before anything is said.
pub(super) async fn watch_others(bot: &Bot, sockets: &Sockets) {
    const ALARM: &str = "other sockets";
    let settings = sockets.settings();
    loop {
        let Some(others) = too_many_others(bot, sockets, None).await else {
            tokio::time::sleep(settings.others_for).await;
            continue;
        };
        tracing::info!(others, "Slack counts more sockets of this app than are mine");
        tokio::time::sleep(settings.others_for).await;
        match too_many_others(bot, sockets, Some(settings.connect_within)).await {
            Some(others) => {
                let sentence = format!(
                    "Slack counts sockets of this app that are not mine ({others}), so somebody else has its app-level token and gets a part of the clicks. Find them, or make a new token, put it in its place and send me SIGHUP."
                );
                bot.alarms
                    .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                    .await;
            }
            None => bot.alarms.clear(ALARM),
        }
    }
}

/// How many sockets Slack counted at the last greeting that are neither ours nor a replica's, if any; with `renewed`, at
/// a greeting that comes within that time.
async fn too_many_others(bot: &Bot, sockets: &Sockets, renewed: Option<Duration>) -> Option<usize> {
    let mut status = sockets.watch().await?;
    if let Some(within) = renewed {
        let opened = status.borrow().counts.opened;
        sockets.renew_one().await;
        // Without a new greeting the former count stands.
        let _ = tokio::time::timeout(within, status.wait_for(|status| status.counts.opened > opened)).await;
    }
    let others = status.borrow().others;
    if others == 0 {
        return None;
    }
    let core = &bot.core;
    let replicas = match core.store.count_replicas(&core.owner, REPLICA_LIVES).await {
        Ok(count) => usize::try_from(count).unwrap_or(1),
        Err(error) => {
            tracing::warn!(%error, "the replicas could not be counted");
            return None;
        }
    };
    // Replicas decide only under the same config, so they have as many as we do.
    let theirs = replicas.saturating_sub(1) * sockets.settings().sockets;
    Some(others.saturating_sub(theirs)).filter(|others| *others > 0)
}
