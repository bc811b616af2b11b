//! Feeds the sinks, each on a task of its own, so that one that hangs holds up no other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::{reloaded, until};
use crate::access::duration::spoken;
use crate::app::reach::network;
use crate::config::Config;
use crate::lasting::Matter;
use crate::network::Proxy;
use crate::sinks::{Around, Fault, Sink, SinkConfig};
use crate::slack::handlers::Bot;
use crate::workers::sink::{Feed, Step, Stuck};
use crate::workers::troubles::{calmed, failed, troubled};

/// One replica feeds a sink. Longer than the longest delivery, so nobody takes over in the middle of one.
const LEASE: Duration = Duration::from_mins(1);

/// The trail is looked at this often even if nothing here made it grow: another process may have.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The same if there is no other process.
const LOOK_EVERY_ALONE: Duration = Duration::from_mins(1);

/// A failed delivery is tried again after this, doubled each time up to the longest pause.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// A server that asks for a longer pause does not get it.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// How often it is looked how far behind each sink is.
const LAG_EVERY: Duration = Duration::from_secs(30);

/// Feeds those of the config, and after a reload those of the next one.
pub(in crate::app) async fn feed_sinks(
    bot: Arc<Bot>,
    proxy: Option<Arc<Proxy>>,
    mut config: Receiver<Arc<Config>>,
) {
    let core = &bot.core;
    loop {
        let present = Arc::clone(&config.borrow_and_update());
        let around = Around {
            install: core.install.clone(),
            network: network(&present, proxy.clone()),
        };
        let mut tasks = JoinSet::new();
        for sink in &present.sinks {
            tasks.spawn(feed(Arc::clone(&bot), sink.clone(), around.clone()));
        }
        tokio::select! {
            () = reloaded(&mut config) => {}
            () = watch_lag(&bot, &present.sinks) => {}
            Some(ended) = tasks.join_next() => {
                tracing::error!(?ended, "a sink is no longer fed; all are begun again in a while");
                until(core, core.now().plus(LAG_EVERY)).await;
            }
        }
        tasks.shutdown().await;
        let next = config.borrow();
        let is_gone = |sink: &&SinkConfig| next.sinks.iter().all(|other| other.name != sink.name);
        for sink in present.sinks.iter().filter(is_gone) {
            drop(calmed(core, &Matter::Sink(sink.name.clone())));
            drop(calmed(core, &Matter::SinkLag(sink.name.clone())));
        }
    }
}

/// Feeds one sink for as long as it runs.
async fn feed(bot: Arc<Bot>, config: SinkConfig, around: Around) {
    let core = &bot.core;
    let lease = format!("sink:{}", config.name);
    let matter = Matter::Sink(config.name.clone());
    let mut trail = core.wakes.trail();
    let every = if core.store.is_alone() {
        LOOK_EVERY_ALONE
    } else {
        LOOK_EVERY
    };
    let mut feed = Feed::default();
    let mut opened = None;
    let mut pause = FIRST_PAUSE;
    loop {
        trail.borrow_and_update();
        let now = core.now();
        let next = match core.store.is_ours(&lease, &core.owner, LEASE).await {
            Ok(true) => fed(&bot, &config, &around, &mut feed, &mut opened).await,
            Ok(false) => Ok(Step::Waits(None)),
            Err(error) => Err(error.into()),
        };
        let again = match next {
            Ok(step) => {
                pause = FIRST_PAUSE;
                bot.calm(&matter).await;
                match step {
                    Step::Moved => continue,
                    Step::Waits(until) => until.unwrap_or(now.plus(every)),
                }
            }
            Err(stuck) => {
                opened = None;
                let asked = told(&bot, &config, stuck).await;
                let wait = pause.max(asked.min(LONGEST_ASKED));
                pause = (pause * 2).min(LONGEST_PAUSE);
                until(core, core.now().plus(wait)).await;
                continue;
            }
        };
        tokio::select! {
            _ = trail.changed() => {}
            () = core.clock.sleep_until(again) => {}
        }
    }
}

async fn fed(
    bot: &Bot,
    config: &SinkConfig,
    around: &Around,
    feed: &mut Feed,
    opened: &mut Option<Box<dyn Sink>>,
) -> Result<Step, Stuck> {
    let sink = match opened {
        Some(sink) => sink,
        None => opened.insert(config.settings.open(around)?),
    };
    feed.next(&bot.core, config, sink.as_mut()).await
}

/// Says what is wrong, to the log or to the admins; returns how long the sink wants to be left alone.
async fn told(bot: &Bot, config: &SinkConfig, stuck: Stuck) -> Duration {
    let (core, name) = (&bot.core, &config.name);
    let matter = Matter::Sink(name.clone());
    let fault = match stuck {
        Stuck::Sink(fault) => fault,
        Stuck::Store(error) => {
            let what = format!("sink {name} cannot be fed");
            failed(core, matter, &what, error);
            return Duration::ZERO;
        }
    };
    core.counted.sink_failures.add([("sink", name)]);
    match &fault {
        Fault::Later { after, .. } => {
            troubled(core, matter, &format!("sink {name} takes nothing now"), &fault);
            after.unwrap_or_default()
        }
        Fault::Refused { why } | Fault::Held { why } => {
            let sentence = format!(
                "Sink {name} is held: {why}. Events wait in order, and are tried again every few minutes."
            );
            bot.raise(matter, &sentence).await;
            Duration::ZERO
        }
    }
}

/// Raises the alarm about each sink that is too far behind.
async fn watch_lag(bot: &Bot, sinks: &[SinkConfig]) {
    let core = &bot.core;
    loop {
        let next = core.now().plus(LAG_EVERY);
        for sink in sinks {
            let matter = Matter::SinkLag(sink.name.clone());
            match core.store.sink_waits_since(&sink.name).await {
                Ok(Some(since)) if core.now().since(since) > sink.lag => {
                    let sentence = format!(
                        "Sink {} is behind: the oldest event that it has not taken is more than {} old. Nothing is lost.",
                        sink.name,
                        spoken(sink.lag)
                    );
                    bot.raise(matter, &sentence).await;
                }
                Ok(_) => bot.calm(&matter).await,
                Err(error) => failed(core, matter, "it is not known how far behind a sink is", error),
            }
        }
        until(core, next).await;
    }
}
