//! The heartbeat: an address in `[alerts]` that is fetched every minute while the bot is working. A monitor that watches it
//! notices when the bot is dead, stuck or cut off, even if Slack is down too.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::watch::Receiver;

use super::targets::takes_writes;
use super::{reloaded, until};
use crate::app::health::{Signs, unwell};
use crate::app::sockets::Sockets;
use crate::config::{Config, HeartbeatUrl, judge_heartbeat_url};
use crate::slack::handlers::Bot;

const EVERY: Duration = Duration::from_mins(1);

/// Beats for as long as it runs.
pub(in crate::app) async fn beat(bot: Arc<Bot>, sockets: Arc<Sockets>, mut config: Receiver<Arc<Config>>) {
    let mut heard_before = true;
    loop {
        let url = config.borrow_and_update().alerts.heartbeat.clone();
        let next = bot.core.now().plus(EVERY);
        if let Some(url) = url {
            let hears = hears_slack(&sockets).await;
            let signs = look(&bot, hears || heard_before).await;
            heard_before = hears;
            let troubles = unwell(&signs);
            if troubles.is_empty() {
                send(&bot, &url).await;
            } else {
                tracing::error!("no heartbeat: {}", troubles.join("; "));
            }
        }
        tokio::select! {
            () = reloaded(&mut config) => {}
            () = until(&bot.core, next) => {}
        }
    }
}

async fn hears_slack(sockets: &Sockets) -> bool {
    let status = sockets.watch().await;
    status.is_some_and(|status| status.borrow().open > 0)
}

async fn look(bot: &Bot, hears_slack: bool) -> Signs {
    Signs {
        database: takes_writes(bot).await.map_err(|error| error.to_string()),
        workers: bot.core.beats.silent_for(),
        hears_slack,
    }
}

/// Only the monitor that watches the address has to notice a failed beat.
async fn send(bot: &Bot, url: &HeartbeatUrl) {
    let url = match url.read() {
        Ok(url) => url,
        Err(error) => return tracing::warn!(%error, "the heartbeat address cannot be read"),
    };
    // The secret may have changed since it was checked.
    if let Some(problem) = judge_heartbeat_url(url.expose_secret()) {
        return tracing::warn!("{problem}");
    }
    if let Err(error) = bot.web.beat(&url).await {
        tracing::warn!(%error, "a heartbeat failed");
    }
}
