//! The tasks around Slack, and those that run now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::slack::inbox::{self, Inbox};
use crate::slack::leavers;
use crate::slack::socket::{SocketHandle, SocketMode, SocketSettings, SocketStatus};
use crate::usecases::{Core, sweep};
use crate::workers::discover as discovery;

const DISCOVER_EVERY: Duration = Duration::from_mins(5);
const DISCOVER_AGAIN: Duration = Duration::from_secs(10);
const REFRESH_EVERY: Duration = Duration::from_mins(5);
const LEAVERS_EVERY: Duration = Duration::from_mins(2);
const ADOPT_EVERY: Duration = Duration::from_secs(2);
const TIDY_EVERY: Duration = Duration::from_mins(1);
const SLACK_AGAIN: Duration = Duration::from_secs(5);

/// Handled envelopes are forgotten after this; Slack repeats an event within minutes.
const KEEP_INBOX: Duration = Duration::from_hours(24);

/// When the audit channel has got nothing for this long, the admins are told.
const SAY_AFTER: Duration = Duration::from_mins(2);

/// The audit channel is looked at this often even if nothing woke its poster.
const POST_EVERY: Duration = Duration::from_secs(2);

/// Connects to Slack as soon as it answers, then keeps the directory fresh and the inbox empty.
pub(super) async fn connect(
    bot: Arc<Bot>,
    audit: Arc<AuditChannel>,
    sockets: Arc<Mutex<Option<SocketHandle>>>,
    settings: SocketSettings,
) {
    loop {
        match bot.web.auth_test().await {
            Ok(installation) => {
                tracing::info!(team = installation.team, "connected to the workspace");
                bot.directory.belongs_to(installation);
                break;
            }
            Err(error) => {
                tracing::error!(%error, "Slack does not know the bot token, or cannot be reached; live access still ends on time");
                tokio::time::sleep(SLACK_AGAIN).await;
            }
        }
    }
    let handler = Arc::new(Inbox::new(Arc::clone(&bot)));
    let handle = SocketMode::start(bot.web.clone(), handler, settings);
    let mut status = handle.watch();
    *sockets.lock().await = Some(handle);
    tokio::join!(
        keep_directory(&bot, &audit),
        keep_inbox(&bot),
        keep_looking_for_leavers(&bot),
        async {
            while status.changed().await.is_ok() {
                let now = status.borrow_and_update().clone();
                watch_sockets(&bot, &now).await;
            }
        },
    );
}

async fn keep_directory(bot: &Bot, audit: &AuditChannel) {
    loop {
        bot.directory.refresh(&bot.core.policy()).await;
        if bot.directory.is_complete() {
            // The state of the audit channel is looked at here too, so that a bad one is said at the start.
            if let Err(error) = audit.channel(bot).await {
                tracing::warn!(%error, "the audit channel cannot be written to");
            }
            watch_integrations(bot).await;
            tokio::time::sleep(REFRESH_EVERY).await;
        } else {
            tokio::time::sleep(SLACK_AGAIN).await;
        }
    }
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
        .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
        .await;
}

async fn keep_looking_for_leavers(bot: &Bot) {
    let mut unknown = HashMap::new();
    loop {
        bot.core
            .clock
            .sleep_until(bot.core.now().plus(LEAVERS_EVERY))
            .await;
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
        tokio::time::sleep(ADOPT_EVERY).await;
    }
}

async fn watch_sockets(bot: &Bot, status: &SocketStatus) {
    const ALARM: &str = "sockets";
    match &status.trouble {
        Some(trouble) if trouble.needs_an_operator() => {
            let sentence = format!("I cannot receive clicks: {trouble}.");
            bot.alarms
                .raise(&bot.web, &bot.directory, &bot.core.policy(), ALARM, &sentence)
                .await;
        }
        Some(_) => {}
        None => bot.alarms.clear(ALARM),
    }
}

/// Posts the trail to the audit channel as it grows, until `stop`; a post that is under way then is finished, because
/// one that is cut off has to be looked for at the next start.
pub(super) async fn post_trail(bot: Arc<Bot>, audit: Arc<AuditChannel>, stop: CancellationToken) {
    const ALARM: &str = "audit posts";
    let mut failing_since = None;
    while !stop.is_cancelled() {
        let pause = match audit.tick(&bot, &stop).await {
            Ok(_) => {
                failing_since = None;
                bot.alarms.clear(ALARM);
                POST_EVERY
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
            () = bot.core.wakes.audit().notified(), if pause == POST_EVERY => {}
            () = bot.channel_changed.notified() => audit.look_again(&bot).await,
            () = bot.core.clock.sleep_until(bot.core.now().plus(pause)) => {}
        }
    }
}

/// Asks every integration what can be asked for, now and then.
pub(super) async fn discover(core: Arc<Core>) {
    loop {
        let answered = discovery::tick(&core).await;
        let all = answered == core.integrations().iter().count();
        tokio::time::sleep(if all { DISCOVER_EVERY } else { DISCOVER_AGAIN }).await;
    }
}

/// Forgets what nobody needs any more, and puts right what a lost job would leave behind.
pub(super) async fn tidy(core: Arc<Core>) {
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
