//! What monitors read of the running bot. What is not counted as it happens is read from the database at each scrape.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::StartError;
use super::health::Health;
use super::portal::or_stay_closed;
use super::sockets::Sockets;
use crate::access::time::Timestamp;
use crate::chained::chained;
use crate::config::Config;
use crate::lasting::Matter;
use crate::metrics::Sheet;
use crate::slack::handlers::Bot;
use crate::slack::socket::SocketStatus;
use crate::store::{Store, StoreError};
use crate::usecases::{Core, portal};
use crate::web::vitals::{self, Vitals};
use crate::web::{Kept, Listener};

/// Begins to listen.
pub(super) async fn open(config: &Config, store: &Store) -> Result<Option<Listener>, StartError> {
    let Some(metrics) = &config.metrics else {
        return Ok(None);
    };
    let opened = vitals::open(metrics.listen).await;
    or_stay_closed(opened, "health and metrics cannot be read", store).await
}

/// Whoever asks again sooner reads the same, so nobody can keep the database busy by asking.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// How long a scrape waits for the database: Prometheus itself waits 10 s unless it is told otherwise.
const DATABASE_WITHIN: Duration = Duration::from_secs(3);

/// The bot, as monitors see it.
pub(super) struct Monitored {
    bot: Arc<Bot>,
    sockets: Arc<Sockets>,
    health: Arc<Health>,
    config: watch::Receiver<Arc<Config>>,
    troubles: Kept<(), Vec<String>>,
    metrics: Kept<(), String>,
}

impl Monitored {
    pub(super) fn new(
        bot: Arc<Bot>,
        sockets: Arc<Sockets>,
        health: Arc<Health>,
        config: watch::Receiver<Arc<Config>>,
    ) -> Self {
        Self {
            bot,
            sockets,
            health,
            config,
            troubles: Kept::new(KEPT_FOR),
            metrics: Kept::new(KEPT_FOR),
        }
    }

    /// What the database says is left out if it does not answer in time, so the rest can still be read.
    async fn sheet(&self) -> String {
        let core = &*self.bot.core;
        let mut sheet = Sheet::default();
        let stored = async {
            work(&mut sheet, core).await?;
            access(&mut sheet, core).await?;
            let config = Arc::clone(&self.config.borrow());
            sinks(&mut sheet, core, &config).await
        };
        let stored = tokio::time::timeout(DATABASE_WITHIN, stored).await;
        if let Ok(Err(error)) = &stored {
            tracing::warn!(error = %chained(error), "the metrics lack what the database says");
        }
        let is_up = matches!(stored, Ok(Ok(())));
        sheet.now(
            "database_up",
            "0 if the database did not answer, and what it says is missing",
            [([], float(u64::from(is_up)))],
        );
        counted(&mut sheet, &self.bot);
        workers(&mut sheet, core);
        troubles(&mut sheet, core);
        let status = self.sockets.watch().await;
        sockets(
            &mut sheet,
            &status.map(|status| status.borrow().clone()).unwrap_or_default(),
        );
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        sheet.now("build_info", "Always 1", [(version, 1.0)]);
        sheet.text()
    }
}

#[async_trait]
impl Vitals for Monitored {
    async fn troubles(&self) -> Vec<String> {
        let new = async { Ok(self.health.troubles().await) };
        self.troubles
            .or_new((), new)
            .await
            .unwrap_or_else(|never: Infallible| match never {})
    }

    async fn metrics(&self) -> String {
        let new = async { Ok(self.sheet().await) };
        self.metrics
            .or_new((), new)
            .await
            .unwrap_or_else(|never: Infallible| match never {})
    }
}

/// What was counted since the start.
fn counted(sheet: &mut Sheet, bot: &Bot) {
    let core = &bot.core;
    sheet.counts(
        "events",
        "Events of the trail that this process committed",
        core.store.sealed(),
    );
    sheet.times(
        "ack_seconds",
        "Time from an envelope of Slack to its acknowledgement; Slack gives up after 3 s",
        &core.counted.acks,
    );
    sheet.times(
        "slack_wait_seconds",
        "How long calls to Slack waited for their turn, if they had to",
        bot.web.waits(),
    );
    sheet.times(
        "target_call_seconds",
        "How long calls to targets took",
        &core.counted.calls,
    );
    sheet.counts(
        "target_failures",
        "Failed calls to targets",
        &core.counted.failures,
    );
    sheet.counts("sink_events", "Events that sinks took", &core.counted.to_sinks);
    sheet.counts(
        "sink_failures",
        "Deliveries to sinks that failed",
        &core.counted.sink_failures,
    );
}

/// What waits to be done, and for how long the oldest of it has waited.
async fn work(sheet: &mut Sheet, core: &Core) -> Result<(), StoreError> {
    let now = core.now();
    let age = |since: Option<Timestamp>| since.map_or(0.0, |since| now.since(since).as_secs_f64());
    let lanes = core.store.job_counts(now).await?;
    let jobs = lanes.iter().flat_map(|(lane, counts)| {
        let states = [
            ("waiting", counts.waiting),
            ("ready", counts.ready),
            ("leased", counts.leased),
        ];
        states.map(|(state, count)| ([("lane", lane.name()), ("state", state)], float(count)))
    });
    sheet.now("jobs", "Unfinished jobs", jobs);
    let oldest = lanes
        .iter()
        .map(|(lane, counts)| ([("lane", lane.name())], age(counts.oldest_due)));
    sheet.now(
        "job_oldest_due_seconds",
        "How long the oldest due job has been due",
        oldest,
    );
    let open = u64::try_from(core.store.inbox_open().await?).unwrap_or(0);
    sheet.now(
        "inbox",
        "Clicks and forms from Slack that are not processed yet",
        [([], float(open))],
    );
    let oldest = age(core.store.inbox_waits_since().await?);
    sheet.now(
        "inbox_oldest_seconds",
        "How long the oldest of them has waited",
        [([], oldest)],
    );
    let lag = age(core.store.oldest_unposted().await?);
    sheet.now(
        "audit_lag_seconds",
        "How long the oldest event has waited to be posted to the audit channel",
        [([], lag)],
    );
    Ok(())
}

/// When each worker last looked for work.
fn workers(sheet: &mut Sheet, core: &Core) {
    let silent = core.beats.silent_for();
    let silent = silent
        .iter()
        .map(|(lane, silent)| ([("lane", lane.name())], silent.as_secs_f64()));
    sheet.now(
        "worker_silent_seconds",
        "How long ago the worker of the lane last looked for work",
        silent,
    );
}

/// Who has and who waits, in numbers.
async fn access(sheet: &mut Sheet, core: &Core) -> Result<(), StoreError> {
    let now = core.now();
    let open = core.store.all_open_counts().await?;
    let requests = [
        ([("state", "pending")], float(open.pending)),
        ([("state", "approved")], float(open.approved)),
        ([("state", "granted")], float(open.granted)),
        ([("state", "revoking")], float(open.revoking)),
    ];
    sheet.now("requests", "Requests that are not finished", requests);
    let live = core.store.live_integrations().await?;
    let grants = live.iter().map(|live| {
        let labels = [("integration", live.name.as_str()), ("kind", live.kind.as_str())];
        (labels, float(live.count))
    });
    sheet.now("live_grants", "Live access on targets", grants);
    let overdue = core.store.overdue(now).await?.len();
    sheet.now(
        "overdue",
        "Access past its end that is still on its target",
        [([], float(overdue as u64))],
    );
    let sessions = core
        .store
        .count_portal_sessions(now.minus(portal::LASTS), now.minus(portal::IDLE))
        .await?;
    sheet.now(
        "portal_sessions",
        "Sessions in the portal",
        [([], float(sessions))],
    );
    Ok(())
}

/// How far the sinks are behind.
async fn sinks(sheet: &mut Sheet, core: &Core, config: &Config) -> Result<(), StoreError> {
    let now = core.now();
    let mut lags = Vec::new();
    for sink in &config.sinks {
        let waits = core.store.sink_waits_since(&sink.name).await?;
        let lag = waits.map_or(0.0, |since| now.since(since).as_secs_f64());
        lags.push(([("sink", sink.name.as_str())], lag));
    }
    sheet.now(
        "sink_lag_seconds",
        "How long the oldest event that the sink has not taken has waited",
        lags,
    );
    Ok(())
}

/// What is in trouble, as the log names it, and which targets do not answer.
fn troubles(sheet: &mut Sheet, core: &Core) {
    let present = core.troubles.present();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for matter in &present {
        *kinds.entry(matter.name()).or_default() += 1;
    }
    let kinds = kinds
        .iter()
        .map(|(kind, count)| ([("trouble", *kind)], float(*count)));
    sheet.now("troubles", "Lasting troubles, as the log names them", kinds);
    let integrations = core.integrations();
    let answers = integrations.iter().map(|(name, _)| {
        let silent = present.contains(&Matter::Target(name.to_owned()));
        ([("integration", name)], if silent { 0.0 } else { 1.0 })
    });
    sheet.now(
        "target_up",
        "0 if the target did not answer when it was last asked",
        answers,
    );
}

fn sockets(sheet: &mut Sheet, status: &SocketStatus) {
    let sockets = [
        ([("sockets", "open")], float(status.open as u64)),
        ([("sockets", "wanted")], float(status.wanted as u64)),
        ([("sockets", "others")], float(status.others as u64)),
    ];
    sheet.now(
        "sockets",
        "Sockets to Slack: open, wanted, and others opened with the app's token",
        sockets,
    );
    let counts = status.counts;
    let envelopes = [
        ([("outcome", "acked")], float(counts.acked)),
        ([("outcome", "late")], float(counts.late)),
        ([("outcome", "unacked")], float(counts.unacked)),
        ([("outcome", "panicked")], float(counts.panics)),
        ([("outcome", "unreadable")], float(counts.unreadable)),
    ];
    sheet.now(
        "envelopes",
        "Envelopes since the sockets were opened, by outcome",
        envelopes,
    );
}

#[expect(clippy::cast_precision_loss, reason = "nothing here is counted beyond 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}
