//! Builds everything from the config and runs it until it is told to stop: the only place that wires.

mod down;
mod health;
pub(crate) mod integrations;
pub(crate) mod issuer;
pub(crate) mod kind_records;
mod portal;
pub(crate) mod reach;
pub(crate) mod record;
mod reload;
mod slack_client;
mod sockets;
mod tasks;
mod tokens;
mod vitals;
mod whereabouts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::restored::Elsewhere;
use crate::clock::Clock;
use crate::config::Config;
use crate::integrations::records::RecordsError;
use crate::network::{self, Proxy};
use crate::people::leavers::Changes;
use crate::postgres_url;
use crate::slack::alarms::Alarms;
use crate::slack::allowance::Allowances;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::channel::{Channel, Purpose};
use crate::slack::delivery::Deliver;
use crate::slack::handlers::Bot;
use crate::slack::identity::Directory;
use crate::slack::socket::SocketSettings;
use crate::slack::web::{Pacing, WebError};
use crate::store::{Lane, Store, StoreError};
use crate::telling::causes;
use crate::usecases::{Core, CoreParts};
use crate::web::vitals as monitoring;
use crate::web::{Door, DoorError, Listener, Site, Taken};
use crate::workers::capacity::Capacities;
use crate::workers::discover;
use crate::workers::jobs::Jobs;
use crate::workers::lane::{Work, work};
use health::Health;
use slack_client::slack_web;
use sockets::Sockets;
use vitals::Monitored;

pub use reach::database;
pub use reload::ReloadRefused;
pub(crate) use reload::lost_from;
pub(crate) use slack_client::web_api;

/// How long a stop may take in all; what is not finished then is taken up at the next start.
const DRAIN: Duration = Duration::from_secs(8);

/// How long each part of a stop may take of it.
const DRAIN_SOCKETS: Duration = Duration::from_secs(5);
const DRAIN_WORKERS: Duration = Duration::from_secs(7);

/// What the audit channel is given to get the last events, the stop among them.
const LAST_POSTS: Duration = Duration::from_secs(2);

/// How often it is looked whether they are there.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What the database is given to hear of the stop, however long the rest took.
const AT_LEAST: Duration = Duration::from_millis(900);

/// What differs between a real run, the demo and tests.
#[derive(Clone)]
pub struct Options {
    pub clock: Arc<dyn Clock>,
    pub pacing: Pacing,
    pub sockets: SocketSettings,
    /// What everything encrypted goes through to Slack.
    pub proxy: Option<Arc<Proxy>>,
    pub capacities: Capacities,
}

/// Why it could not start; shown to the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    #[error("the database: {0}")]
    Records(#[from] RecordsError),
    #[error("{0}")]
    Secret(#[from] crate::secrets::SecretError),
    #[error("{0}")]
    Slack(#[from] WebError),
    #[error("the database's address: {0}")]
    Unprotected(String),
    #[error("the portal: {0}. Change [web] in the config, or stop what listens there")]
    Portal(#[from] DoorError),
    #[error("the metrics: {0}. Change [metrics] in the config, or stop what listens there")]
    Metrics(#[from] Taken),
    /// The database is a copy, or was moved.
    #[error(
        "the database was moved or copied: {}. Nothing was touched. If this is the database to continue with, and no other \
         apono uses the original, run: apono accept-restore --reason \"...\"",
        causes::elsewhere(.0)
    )]
    Moved(Elsewhere),
    #[error(
        "the database was used with another bot token before, and Slack cannot confirm that it belongs to the same app: {0}. \
         Nothing was touched; start me again when Slack answers"
    )]
    Unasked(WebError),
}

/// A running bot.
pub struct App {
    core: Arc<Core>,
    bot: Arc<Bot>,
    audit: Arc<AuditChannel>,
    sockets: Arc<Sockets>,
    portal: Option<Site>,
    /// Where health and metrics are read, if they are.
    metrics: Option<SocketAddr>,
    /// What a restart alone can change is taken from this.
    started_with: Arc<Config>,
    /// The one in force.
    config: watch::Sender<Arc<Config>>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Of the audit channel, which gets its last posts after everything else has stopped.
    stop_posting: CancellationToken,
    posting: TaskTracker,
}

impl App {
    /// Opens the database, and starts every worker; Slack is connected to in the background, so that expiry does not
    /// wait for it.
    pub async fn start(config: Config, options: Options) -> Result<Self, StartError> {
        network::install_crypto_provider();
        let store = Store::open(&database(&config)?).await?;
        if let Some(secret) = config.database.url.secret() {
            store.url_stands_in(secret.clone());
        }
        store.migrate(options.clock.now()).await?;
        if let Some(sentence) = config.database.url.unprotected() {
            let why = postgres_url::behind_a_colon(sentence);
            // Live access still has to end, and the admins hear of it.
            if store.live_integrations().await?.is_empty() {
                return Err(StartError::Unprotected(why));
            }
            tracing::error!("the database's address: {why}");
        }
        let tokens = match tokens::read(&config) {
            Ok(tokens) => Some(tokens),
            // Live access has to end, whether or not Slack can be told.
            Err(_) if !store.live_integrations().await?.is_empty() => None,
            Err(error) => return Err(error.into()),
        };
        let web = slack_web(&config, tokens, options.pacing, options.proxy.clone())?;
        whereabouts::must_be_where_it_was(&store, &web).await?;
        let core = Arc::new(Core::new(CoreParts {
            install: store.install().await?,
            rules: integrations::rules(&config, &store).await?,
            clock: options.clock,
            store,
        }));
        let door = portal::open(&config, &core.store).await?;
        let metrics = vitals::open(&config, &core.store).await?;
        record::started(&core, &config).await?;
        let live = core.store.live_integrations().await?;
        for sentence in integrations::of_unknown_kinds(&live) {
            tracing::error!("{sentence}");
        }
        for sentence in lost_from(&config, &integrations::of_known_kinds(live)) {
            tracing::error!("{sentence} It still ends on time.");
        }
        kind_records::settle(&core, &config).await?;
        core.replace_rules(integrations::rules(&config, &core.store).await?);
        discover::recall(&core).await?;

        let directory = Arc::new(Directory::new(web.clone(), Arc::clone(&core)));
        let (audit_channel, alerts) = channels(&config);
        let bot = Arc::new(Bot {
            core: Arc::clone(&core),
            web,
            directory,
            alarms: Alarms::default(),
            alerts,
            allowances: Allowances::default(),
            channel_changed: Notify::new(),
            changed_people: Changes::default(),
            portal: door.as_ref().map(|door| door.site().origin().to_owned()),
        });
        let sockets = SocketSettings {
            sockets: config.slack.sockets.into(),
            ..options.sockets
        };
        let config = Arc::new(config);
        let app = Self {
            core,
            bot,
            audit: Arc::new(AuditChannel::new(audit_channel)),
            sockets: Arc::new(Sockets::new(sockets)),
            portal: door.as_ref().map(|door| door.site().clone()),
            metrics: metrics.as_ref().map(Listener::address),
            started_with: Arc::clone(&config),
            config: watch::Sender::new(config),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            stop_posting: CancellationToken::new(),
            posting: TaskTracker::new(),
        };
        app.start_workers(options.capacities, options.proxy.clone());
        let health = Arc::new(Health::new(Arc::clone(&app.bot), Arc::clone(&app.sockets)));
        app.start_slack(&health);
        app.start_portal(door, options.proxy);
        app.start_metrics(metrics, health);
        Ok(app)
    }

    /// What decides and remembers; for faces beside Slack.
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub fn bot(&self) -> &Arc<Bot> {
        &self.bot
    }

    /// Where the portal is, if there is one.
    pub fn portal(&self) -> Option<&Site> {
        self.portal.as_ref()
    }

    /// Where health and metrics are read, if they are.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    fn start_workers(&self, capacities: Capacities, proxy: Option<Arc<Proxy>>) {
        let core = &self.core;
        let directory = Arc::clone(&self.bot.directory);
        let jobs: Arc<dyn Work> = Arc::new(Jobs {
            core: Arc::clone(core),
            directory,
            messages: Arc::new(Deliver {
                bot: Arc::clone(&self.bot),
            }),
            mail: {
                let config = self.config.subscribe();
                Arc::new(move || reach::mail_server(&config.borrow()))
            },
            portal: self.bot.portal.clone(),
        });
        for lane in Lane::ALL {
            self.tasks.spawn(work(
                Arc::clone(core),
                lane,
                Arc::clone(&jobs),
                capacities.of(lane),
                self.stop.clone(),
            ));
        }
        let config = || self.config.subscribe();
        self.spawn("discover", tasks::discover(Arc::clone(core), config()));
        self.spawn("gone", tasks::close_what_is_gone(Arc::clone(core), config()));
        self.spawn("reconcile", tasks::reconcile(Arc::clone(&self.bot), config()));
        self.spawn("overdue", tasks::watch_overdue(Arc::clone(core)));
        self.spawn("sinks", tasks::feed_sinks(Arc::clone(&self.bot), proxy, config()));
        self.spawn("anomalies", tasks::look_for_anomalies(Arc::clone(&self.bot)));
        self.spawn("housekeeping", tasks::tidy(Arc::clone(core)));
        self.spawn("day", tasks::sum_up_days(Arc::clone(&self.bot)));
    }

    fn start_slack(&self, health: &Arc<Health>) {
        self.posting.spawn(tasks::post_trail(
            Arc::clone(&self.bot),
            Arc::clone(&self.audit),
            self.stop_posting.clone(),
        ));
        let bot = &self.bot;
        let (audit, sockets) = (Arc::clone(&self.audit), Arc::clone(&self.sockets));
        let config = self.config.subscribe();
        self.spawn("slack", tasks::connect(Arc::clone(bot), audit, sockets, config));
        self.spawn(
            "heartbeat",
            tasks::beat(Arc::clone(bot), Arc::clone(health), self.config.subscribe()),
        );
        self.spawn("token", tasks::watch_token(Arc::clone(bot)));
        self.spawn("clock", tasks::watch_clock(Arc::clone(bot)));
        self.spawn("database", tasks::watch_database(Arc::clone(bot)));
    }

    fn start_portal(&self, door: Option<Door>, proxy: Option<Arc<Proxy>>) {
        if let Some(door) = door {
            let issuer = issuer::issuer(&self.started_with, door.site(), proxy);
            self.tasks
                .spawn(portal::serve(door, issuer, &self.bot, self.stop.clone()));
        }
    }

    fn start_metrics(&self, listener: Option<Listener>, health: Arc<Health>) {
        if let Some(listener) = listener {
            let monitored = Monitored::new(
                Arc::clone(&self.bot),
                Arc::clone(&self.sockets),
                health,
                self.config.subscribe(),
            );
            let stop = self.stop.clone();
            self.tasks
                .spawn(monitoring::serve(listener, Arc::new(monitored), stop));
        }
    }

    /// A task that runs until the stop; one that ends on its own is a bug, and is logged as one.
    fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            if stop.run_until_cancelled(task).await.is_some() {
                tracing::error!(task = name, "a task ended that should run forever");
            }
        });
    }

    /// Takes nothing more, finishes what runs, and closes; bounded to less than 10 s.
    pub async fn stop(self) -> Result<(), StoreError> {
        let began = Instant::now();
        self.sockets.shutdown(DRAIN_SOCKETS).await;
        self.stop.cancel();
        self.tasks.close();
        let left = DRAIN_WORKERS.saturating_sub(began.elapsed());
        if tokio::time::timeout(left, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work was not finished in time; it is continued at the next start");
        }
        let last = async {
            record::stopped(&self.core).await?;
            let left = DRAIN.saturating_sub(began.elapsed() + AT_LEAST);
            let config = Arc::clone(&self.config.borrow());
            let connected = self.bot.directory.is_connected();
            tokio::join!(self.post_the_last(left), async {
                if connected {
                    tasks::at_stop(&self.bot, &config).await;
                }
            });
            self.core.store.free_all(&self.core.owner).await?;
            self.core.store.close().await
        };
        let left = DRAIN.saturating_sub(began.elapsed());
        match tokio::time::timeout(left.max(AT_LEAST), last).await {
            Ok(closed) => closed,
            Err(_) => Err(StoreError::Unavailable("it did not answer in time".to_owned())),
        }
    }

    /// Lets the audit channel get what the trail holds, the stop included, if Slack takes it in time; the rest is
    /// posted after the next start.
    async fn post_the_last(&self, within: Duration) {
        self.core.wakes.audit().notify_one();
        let posted = async {
            while !self.audit.has_all(&self.core).await {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let began = Instant::now();
        let posted = tokio::time::timeout(within.min(LAST_POSTS), posted).await;
        self.stop_posting.cancel();
        self.posting.close();
        // A post that is under way is finished, because one that is cut off has to be looked for.
        let left = within.saturating_sub(began.elapsed());
        let finished = tokio::time::timeout(left, self.posting.wait()).await;
        if posted.is_err() || finished.is_err() {
            tracing::info!("the audit channel gets the last events after the next start");
        }
    }
}

/// The audit channel, and the one for alerts, which may be the same.
fn channels(config: &Config) -> (Arc<Channel>, Arc<Channel>) {
    let audit = Arc::new(Channel::new(Purpose::Audit, config.slack.audit_channel.clone()));
    let alerts = if config.alerts_channel() == config.slack.audit_channel {
        Arc::clone(&audit)
    } else {
        Arc::new(Channel::new(Purpose::Alerts, config.alerts_channel().to_owned()))
    };
    (audit, alerts)
}
