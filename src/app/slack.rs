//! The tasks around Slack, and those that run now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

use super::silent;
use super::sockets::Sockets;
use super::tokens;
use super::watches::{watch_others, watch_sockets, watch_targets};
use super::whereabouts;
use crate::access::time::Timestamp;
use crate::config::Config;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::slack::inbox;
use crate::slack::leavers;
use crate::slack::uncounted;
use crate::usecases::{Core, day, sweep};
use crate::workers::discover as discovery;

const DISCOVER_EVERY: Duration = Duration::from_mins(5);
const DISCOVER_AGAIN: Duration = Duration::from_secs(10);
const REFRESH_EVERY: Duration = Duration::from_mins(5);
const LEAVERS_EVERY: Duration = Duration::from_mins(2);
const ADOPT_EVERY: Duration = Duration::from_secs(2);

/// The same where nothing is kept in the inbox and no other process can put anything there.
const ADOPT_EVERY_ALONE: Duration = Duration::from_mins(1);
/// How often it is looked whether a day is over, whatever the clock promised.
const SUM_UP_AGAIN: Duration = Duration::from_mins(1);

const TIDY_EVERY: Duration = Duration::from_mins(1);

const SLACK_AGAIN: Duration = Duration::from_secs(5);

/// A process that has not said for so long that it lives does not; it says so each time it looks whether the database takes writes.
pub(super) const REPLICA_LIVES: Duration = Duration::from_mins(3);

/// Handled envelopes are forgotten after this; Slack repeats an event within minutes.
const KEEP_INBOX: Duration = Duration::from_hours(24);

/// When the audit channel has got nothing for this long, the admins are told.
const SAY_AFTER: Duration = Duration::from_mins(2);

/// The trail is looked at this often even if nothing woke its poster: another process may have written to it.
const POST_EVERY: Duration = Duration::from_secs(2);

/// The same where there is no other process.
const POST_EVERY_ALONE: Duration = Duration::from_mins(1);

/// How often trouble that only an operator can end is said again.
pub(super) const SAY_EVERY: Duration = Duration::from_mins(1);

/// Connects to Slack as soon as there are tokens and it answers, then keeps the directory fresh and the inbox empty.
pub(super) async fn connect(
    bot: Arc<Bot>,
    audit: Arc<AuditChannel>,
    sockets: Arc<Sockets>,
    config: Receiver<Arc<Config>>,
) {
    wait_for_tokens(&bot, config.clone()).await;
    loop {
        match bot.web.auth_test().await {
            Ok(installation) => {
                tracing::info!(team = installation.team, "connected to the workspace");
                let core = &bot.core;
                if let Err(error) =
                    whereabouts::remember(&core.store, &core.install, &bot.web, &installation).await
                {
                    tracing::warn!(%error, "which Slack app the database belongs to could not be noted down");
                }
                bot.directory.belongs_to(installation);
                break;
            }
            Err(error) => {
                tracing::error!(%error, "Slack does not know the bot token, or cannot be reached; live access still ends on time");
                tokio::time::sleep(SLACK_AGAIN).await;
            }
        }
    }
    sockets.start(&bot).await;
    tokio::join!(
        keep_directory(&bot, &audit, config.clone()),
        silent::keep_quiet(&bot, config.clone()),
        watch_targets(&bot, config),
        keep_inbox(&bot),
        watch_sockets(&bot, &sockets),
        watch_others(&bot, &sockets),
        keep_looking_for_leavers(&bot),
        leavers::keep_up(&bot),
    );
}

/// Returns when there are tokens: a reload brings them, or they appear where the config says.
async fn wait_for_tokens(bot: &Bot, mut config: Receiver<Arc<Config>>) {
    while bot.web.tokens().is_none() {
        let read = tokens::read(&config.borrow_and_update());
        match read {
            Ok(tokens) => bot.web.replace_tokens(tokens),
            Err(error) => {
                tracing::error!(%error, "there is no token for Slack, so nobody can ask and nobody hears of anything; live access still ends on time");
                // A config that is never replaced is waited for no longer than a minute either.
                until_reload(&mut config, SAY_EVERY).await;
            }
        }
    }
}

async fn keep_directory(bot: &Bot, audit: &AuditChannel, mut config: Receiver<Arc<Config>>) {
    loop {
        let current = Arc::clone(&config.borrow_and_update());
        let policy = bot.core.policy();
        if let Err(error) = uncounted::look(bot, &current).await {
            tracing::warn!(%error, "who does not count could not be written down; the next look will");
        }
        let pause = if bot.directory.is_complete(&policy) {
            // The state of the audit channel is looked at here too, so that a bad one is said at the start.
            audit.look(bot).await;
            REFRESH_EVERY
        } else {
            SLACK_AGAIN
        };
        // After a reload people are looked up at once.
        until_reload(&mut config, pause).await;
    }
}

async fn keep_looking_for_leavers(bot: &Bot) {
    let mut unknown = HashMap::new();
    let mut next = bot.core.now().plus(LEAVERS_EVERY);
    loop {
        // Each look asks Slack about everybody who has or waits for something.
        until(&bot.core, next).await;
        next = bot.core.now().plus(LEAVERS_EVERY);
        if let Err(error) = leavers::look(bot, &mut unknown).await {
            tracing::error!(%error, "the database failed a look for people who left");
        }
    }
}

async fn keep_inbox(bot: &Arc<Bot>) {
    loop {
        if let Err(error) = inbox::adopt(bot).await {
            tracing::error!(%error, "the inbox could not be looked through");
        }
        let store = &bot.core.store;
        if store.is_alone() && store.inbox_open().await == Ok(0) {
            // Whoever leaves an act there says so.
            let left = bot.core.wakes.inbox().notified();
            let _ = tokio::time::timeout(ADOPT_EVERY_ALONE, left).await;
        } else {
            tokio::time::sleep(ADOPT_EVERY).await;
        }
    }
}

/// Posts the trail to the audit channel as it grows, until `stop`; a post that is under way then is finished, because
/// one that is cut off has to be looked for at the next start.
pub(super) async fn post_trail(bot: Arc<Bot>, audit: Arc<AuditChannel>, stop: CancellationToken) {
    const ALARM: &str = "audit posts";
    let mut failing_since = None;
    let every = if bot.core.store.is_alone() {
        POST_EVERY_ALONE
    } else {
        POST_EVERY
    };
    while !stop.is_cancelled() {
        let pause = match audit.tick(&bot, &stop).await {
            Ok(_) => {
                failing_since = None;
                bot.alarms.clear(ALARM);
                every
            }
            Err(error) => {
                tracing::warn!(%error, "the audit channel waits");
                let since = *failing_since.get_or_insert(bot.core.now());
                if bot.core.now().since(since) > SAY_AFTER {
                    let sentence =
                        format!("The audit channel gets no messages: {error}. They wait in order.");
                    bot.alarms
                        .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                        .await;
                }
                error.pause()
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = bot.core.wakes.audit().notified(), if failing_since.is_none() => {}
            () = bot.channel_changed.notified() => audit.look_again(&bot).await,
            () = bot.core.clock.sleep_until(bot.core.now().plus(pause)) => {}
        }
    }
}

/// Waits until then by the bot's clock, which may wake early.
pub(super) async fn until(core: &Core, then: Timestamp) {
    while core.now() < then {
        core.clock.sleep_until(then).await;
    }
}

/// Waits for the next config, for ever where none can come any more.
pub(super) async fn reloaded(config: &mut Receiver<Arc<Config>>) {
    if config.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits for the next config, at most `pause`.
async fn until_reload(config: &mut Receiver<Arc<Config>>, pause: Duration) {
    let _ = tokio::time::timeout(pause, reloaded(config)).await;
}

/// Asks every integration what can be asked for, now and then, and at once after a reload.
pub(super) async fn discover(core: Arc<Core>, mut config: Receiver<Arc<Config>>) {
    loop {
        config.mark_unchanged();
        let answered = discovery::tick(&core).await;
        let all = answered == core.integrations().iter().count();
        let pause = if all { DISCOVER_EVERY } else { DISCOVER_AGAIN };
        until_reload(&mut config, pause).await;
    }
}

/// Forgets what nobody needs any more, and puts right what a lost job would leave behind.
pub(super) async fn tidy(core: Arc<Core>) {
    if let Err(error) = core.store.count_replicas(&core.owner, REPLICA_LIVES).await {
        tracing::warn!(%error, "it could not be said that this process lives");
    }
    loop {
        if let Err(error) = core.store.prune_inbox(core.now().minus(KEEP_INBOX)).await {
            tracing::warn!(%error, "old envelopes could not be removed");
        }
        if let Err(error) = sweep::sweep(&core).await {
            tracing::warn!(%error, "jobs could not be looked through");
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// Writes the line of each day, and says at once if the trail does not fit.
pub(super) async fn sum_up_days(bot: Arc<Bot>) {
    const ALARM: &str = "damaged trail";
    let core = &bot.core;
    loop {
        match day::report(core).await {
            Ok(None) => {}
            Ok(Some(misfit)) => {
                let sentence =
                    format!("The audit trail is damaged: {misfit}. Compare it with the audit channel.");
                bot.alarms
                    .raise(&bot.web, &bot.directory, &core.policy(), ALARM, &sentence)
                    .await;
            }
            Err(error) => tracing::warn!(%error, "the day could not be summed up"),
        }
        let next = day::next_due(core.now(), core.rules().day_at);
        tokio::select! {
            () = core.clock.sleep_until(next) => {}
            // After an error, or when a reload changed the time of day.
            () = tokio::time::sleep(SUM_UP_AGAIN) => {}
        }
    }
}
