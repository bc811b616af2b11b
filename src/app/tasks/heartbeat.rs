//! The heartbeat: an address in `[alerts]` that is fetched every minute while the bot is working. A monitor that watches it
//! notices when the bot is dead, stuck or cut off, even if Slack is down too.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::watch::Receiver;

use super::{reloaded, until};
use crate::app::health::Health;
use crate::config::{Config, HeartbeatUrl, judge_heartbeat_url};
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::workers::troubles::{calmed, troubled};

const EVERY: Duration = Duration::from_mins(1);

const SENDING: Matter = Matter::Task("sending the heartbeat");

/// Beats for as long as it runs.
pub(in crate::app) async fn beat(bot: Arc<Bot>, health: Arc<Health>, mut config: Receiver<Arc<Config>>) {
    loop {
        let url = config.borrow_and_update().alerts.heartbeat.clone();
        let next = bot.core.now().plus(EVERY);
        if let Some(url) = url {
            let troubles = health.troubles().await;
            if troubles.is_empty() {
                drop(calmed(&bot.core, &Matter::Heartbeat));
                send(&bot, &url).await;
            } else {
                troubled(
                    &bot.core,
                    Matter::Heartbeat,
                    "no heartbeat is sent",
                    &troubles.join("; "),
                );
            }
        }
        tokio::select! {
            () = reloaded(&mut config) => {}
            () = until(&bot.core, next) => {}
        }
    }
}

/// Only the monitor that watches the address has to notice a failed beat.
async fn send(bot: &Bot, url: &HeartbeatUrl) {
    let url = match url.read() {
        Ok(url) => url,
        Err(error) => return not_sent(bot, &error),
    };
    // The secret may have changed since it was checked.
    if let Some(problem) = judge_heartbeat_url(url.expose_secret()) {
        return not_sent(bot, &problem);
    }
    match bot.web.beat(&url).await {
        Ok(()) => drop(calmed(&bot.core, &SENDING)),
        Err(error) => not_sent(bot, &error),
    }
}

fn not_sent(bot: &Bot, why: &dyn Display) {
    troubled(&bot.core, SENDING, "a heartbeat was not sent", why);
}
