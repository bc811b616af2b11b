//! Connecting to Slack, and what starts then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::directory::keep_directory;
use super::inbox::keep_inbox;
use super::leavers::keep_looking_for_leavers;
use super::nudge::nudge_daily;
use super::other_sockets::watch_others;
use super::silent::keep_quiet;
use super::sockets::watch_sockets;
use super::targets::watch_targets;
use super::{LOOK_EVERY, until_reload};
use crate::app::sockets::Sockets;
use crate::app::{tokens, whereabouts};
use crate::config::Config;
use crate::lasting::Matter;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::usecases::leavers;
use crate::workers::troubles::{calmed, troubled};

pub(super) const SLACK_AGAIN: Duration = Duration::from_secs(5);

/// Connects to Slack as soon as there are tokens and it answers, then keeps the directory fresh and the inbox empty.
pub(in crate::app) async fn connect(
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
                drop(calmed(core, &Matter::Slack));
                if let Err(error) =
                    whereabouts::remember(&core.store, &core.install, &bot.web, &installation).await
                {
                    tracing::warn!(%error, "could not record which Slack app the database belongs to");
                }
                bot.directory.learn_installation(installation);
                break;
            }
            Err(error) => {
                let what = "Slack does not accept the bot token, or cannot be reached; live access still ends on time";
                troubled(&bot.core, Matter::Slack, what, &error);
                tokio::time::sleep(SLACK_AGAIN).await;
            }
        }
    }
    sockets.start(&bot).await;
    tokio::join!(
        keep_directory(&bot, &audit, config.clone()),
        keep_quiet(&bot, config.clone()),
        watch_targets(&bot, config),
        nudge_daily(&bot),
        keep_inbox(&bot),
        watch_sockets(&bot, &sockets),
        watch_others(&bot, &sockets),
        keep_looking_for_leavers(&bot),
        leavers::keep_up(&bot.core, &*bot.directory, &bot.changed_people),
    );
}

/// Returns once there are tokens: a reload brings them, or they appear where the config says.
async fn wait_for_tokens(bot: &Bot, mut config: Receiver<Arc<Config>>) {
    while bot.web.tokens().is_none() {
        let read = tokens::read(&config.borrow_and_update());
        match read {
            Ok(tokens) => {
                bot.web.replace_tokens(tokens);
                drop(calmed(&bot.core, &Matter::NoTokens));
            }
            Err(error) => {
                let what = "there are no tokens for Slack, so nobody can request anything and nobody is notified; live access still ends on time";
                troubled(&bot.core, Matter::NoTokens, what, &error);
                // If the config is never replaced, this still waits no longer than a minute.
                until_reload(&mut config, LOOK_EVERY).await;
            }
        }
    }
}
