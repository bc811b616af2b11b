//! The task that postpones the note about a dead bot, and what happens to the note at a stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::{reloaded, until};
use crate::config::Config;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::slack::silent::{every, put_off, stop, take_back};
use crate::workers::troubles::{calmed, troubled};

const TASK: Matter = Matter::Task("postponing the note that Slack posts if I die");

/// After Slack or the database failed, or while no note is wanted.
const AGAIN: Duration = Duration::from_secs(30);

/// How long Slack may take at a stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Postpones the note for as long as it runs.
pub(super) async fn keep_quiet(bot: &Bot, mut config: Receiver<Arc<Config>>) {
    // Nobody has deleted what a previous process left.
    let mut wanted_before = Some(AGAIN);
    loop {
        // A pause counts from here: clock changes while Slack is asked must not prolong it.
        let began = bot.core.now();
        let wanted = config.borrow_and_update().alerts.silent_after;
        let done = match (wanted, wanted_before) {
            (Some(ahead), _) => put_off(bot, ahead).await,
            (None, Some(ahead)) => take_back(bot, ahead).await,
            (None, None) => Ok(()),
        };
        let pause = match done {
            Ok(()) => {
                wanted_before = wanted;
                drop(calmed(&bot.core, &TASK));
                wanted.map_or(AGAIN, every)
            }
            Err(error) => {
                let what = "the note that Slack posts if I die could not be postponed";
                troubled(&bot.core, TASK, what, &error);
                AGAIN
            }
        };
        let next = began.plus(pause);
        tokio::select! {
            () = reloaded(&mut config) => {}
            () = until(&bot.core, next) => {}
        }
    }
}

/// The bot stops: the note goes, or says that it was stopped with access live.
pub(in crate::app) async fn at_stop(bot: &Bot, config: &Config) {
    let Some(ahead) = config.alerts.silent_after else {
        return;
    };
    match tokio::time::timeout(STOP_WITHIN, stop(bot, ahead)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the note that Slack posts if I die was left as it is"),
        Err(_) => tracing::warn!("Slack did not delete the note that it posts if I die in time"),
    }
}
