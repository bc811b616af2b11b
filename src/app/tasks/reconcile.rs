//! When targets are compared with what was granted, and what the admins are told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch::{Receiver, Sender};

use super::reloaded;
use crate::access::time::Timestamp;
use crate::config::Config;
use crate::integrations::reconciled::Reconciled;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::store::ReadStrays;
use crate::usecases::{Core, UseCaseError};
use crate::workers::reconcile::{Look, tick};
use crate::workers::troubles::{calmed, failed};

const TASK: Matter = Matter::Task("the comparison of targets with what was granted");

/// After a target did not answer, or while another process is checking it.
const AGAIN: Duration = Duration::from_secs(15);

/// One failed check may be a passing problem.
const SAY_AFTER: u32 = 2;

/// Access without a request is reported as late this long after its end.
const LATE_AFTER: Duration = Duration::from_mins(1);

/// What an operator should know, one sentence each.
type Troubles = Vec<String>;

/// The progress of the checks of one integration.
#[derive(Default)]
struct Turn {
    next: Option<Timestamp>,
    in_vain: u32,
}

/// Checks every target at once, and then as often as the config says. Nothing here waits for Slack.
pub(in crate::app) async fn reconcile(bot: Arc<Bot>, config: Receiver<Arc<Config>>) {
    let troubles = Sender::new(Troubles::new());
    tokio::join!(
        look(&bot.core, config, &troubles),
        say(&bot, troubles.subscribe())
    );
}

async fn look(core: &Core, mut config: Receiver<Arc<Config>>, troubles: &Sender<Troubles>) {
    let mut turns: BTreeMap<String, Turn> = BTreeMap::new();
    loop {
        let current = Arc::clone(&config.borrow_and_update());
        let settings = settings(&current);
        turns.retain(|name, _| settings.iter().any(|(other, _)| other == name));
        let now = core.now();
        let due = settings.iter().filter(|(name, _)| {
            let next = turns.get(*name).and_then(|turn| turn.next);
            next.is_none_or(|next| next <= now)
        });
        let looks =
            due.map(async |(name, settings)| (*name, *settings, tick(core, name, settings.drift).await));
        for (name, settings, looked) in join_all(looks).await {
            let turn = turns.entry(name.to_owned()).or_default();
            let pause = turn.take(core, looked, settings.every);
            // Counted from its beginning, however long it took.
            turn.next = Some(now.plus(pause));
        }
        let found = gather(core, &turns).await;
        troubles.send_replace(found);
        let next = turns.values().filter_map(|turn| turn.next).min();
        let next = next.unwrap_or_else(|| core.now().plus(AGAIN));
        tokio::select! {
            () = core.clock.sleep_until(next) => {}
            // The settings may have changed, so everything is checked again.
            () = reloaded(&mut config) => turns.clear(),
        }
    }
}

/// The integrations that keep state on their target.
fn settings(config: &Config) -> Vec<(&str, Reconciled)> {
    let all = config.integrations.iter();
    all.filter_map(|it| Some((it.name.as_str(), it.settings.reconciled()?)))
        .collect()
}

impl Turn {
    /// Takes the outcome of a check, and says when to check again.
    fn take(&mut self, core: &Core, looked: Result<Look, UseCaseError>, every: Duration) -> Duration {
        match looked {
            Ok(Look::Done) => {
                drop(calmed(core, &TASK));
                self.in_vain = 0;
                every
            }
            Ok(Look::NotOurs) => {
                self.in_vain = 0;
                AGAIN
            }
            Ok(Look::Unreachable) => {
                self.in_vain = self.in_vain.saturating_add(1);
                AGAIN.min(every)
            }
            Err(error) => {
                failed(
                    core,
                    TASK,
                    "what was granted could not be compared with targets",
                    error,
                );
                AGAIN
            }
        }
    }
}

async fn gather(core: &Core, turns: &BTreeMap<String, Turn>) -> Troubles {
    let mut troubles = Troubles::new();
    let unseen: Vec<&str> = turns
        .iter()
        .filter(|(_, turn)| turn.in_vain >= SAY_AFTER)
        .map(|(name, _)| name.as_str())
        .collect();
    if !unseen.is_empty() {
        troubles.push(format!(
            "I cannot check {}, so I do not know whether the access there is what was granted; my log says why.",
            unseen.join(", ")
        ));
    }
    let late = core.now().minus(LATE_AFTER);
    match core.store.standing_strays().await {
        Ok(strays) => troubles.extend(strays.iter().filter(|stray| stray.until < late).map(|stray| {
            format!(
                "{} on {} belongs to no request and should be gone, but could not be removed yet; I keep trying.",
                stray.granted.principal, stray.granted.integration
            )
        })),
        Err(error) => failed(core, TASK, "access without a request could not be listed", error),
    }
    troubles
}

/// Tells the admins, if the list of problems changed.
async fn say(bot: &Bot, mut troubles: Receiver<Troubles>) {
    const ALARM: Matter = Matter::Reconciliation;
    while troubles.changed().await.is_ok() {
        let found = troubles.borrow_and_update().join(" ");
        if found.is_empty() {
            bot.calm(&ALARM).await;
            continue;
        }
        bot.raise_list(ALARM, &found).await;
    }
}
