//! Builds everything from the config and runs it until it is told to stop: the only place that wires.

mod authorities;
pub(crate) mod integrations;
mod record;
mod slack;

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::integrations::ssh_settings;
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl};
use crate::slack::alarms::Alarms;
use crate::slack::allowance::Allowances;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::slack::identity::Directory;
use crate::slack::socket::{SocketHandle, SocketSettings};
use crate::slack::web::{self, ApiUrl, Pacing, WebApi, WebError, WebSettings};
use crate::store::{DatabaseTarget, Lane, Store, StoreError};
use crate::usecases::{Core, CoreParts};
use crate::workers::clean_up::CleanUp;
use crate::workers::discover;
use crate::workers::lane::{Work, work};
use crate::workers::provision::Provision;
use crate::workers::revoke::Revoke;
use crate::workers::timer::{Deliver, Timer};

/// How long a stop may take in all; what is not finished then is taken up at the next start.
const DRAIN: Duration = Duration::from_secs(8);

/// How long each part of a stop may take of it.
const DRAIN_SOCKETS: Duration = Duration::from_secs(5);

/// What the database is given to hear of the stop, however long the rest took.
const AT_LEAST: Duration = Duration::from_millis(900);

/// What differs between a real run, the demo and tests.
#[derive(Clone)]
pub struct Options {
    pub clock: Arc<dyn Clock>,
    pub pacing: Pacing,
    pub sockets: SocketSettings,
}

/// Why it could not start; shown to the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Secret(#[from] crate::secrets::SecretError),
    #[error("{0}")]
    Slack(#[from] WebError),
}

/// A running bot.
pub struct App {
    core: Arc<Core>,
    bot: Arc<Bot>,
    audit: Arc<AuditChannel>,
    sockets: Arc<Mutex<Option<SocketHandle>>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl App {
    /// Opens the database, and starts every worker; Slack is connected to in the background, so that expiry does not
    /// wait for it.
    pub async fn start(config: Config, options: Options) -> Result<Self, StartError> {
        web::install_crypto_provider();
        let api_url = ApiUrl::parse(&config.slack.api_url, config.slack.allow_plain_http)?;
        let web = WebApi::new(WebSettings {
            api_url,
            bot_token: config.slack.bot_token.read()?,
            app_token: config.slack.app_token.read()?,
            pacing: options.pacing,
        })?;
        let store = Store::open(&database(&config)?).await?;
        store.migrate(options.clock.now()).await?;
        let core = Arc::new(Core::new(CoreParts {
            install: store.install().await?,
            rules: integrations::rules(&config, &store).await?,
            clock: options.clock,
            store,
        }));
        record::started(&core, &config).await?;
        authorities::settle(&core, &config).await?;
        core.replace_rules(integrations::rules(&config, &core.store).await?);
        discover::recall(&core).await?;

        let directory = Arc::new(Directory::new(web.clone(), Arc::clone(&core)));
        let bot = Arc::new(Bot {
            core: Arc::clone(&core),
            web,
            directory,
            alarms: Alarms::default(),
            allowances: Allowances::default(),
            channel_changed: Notify::new(),
        });
        let app = Self {
            core,
            bot,
            audit: Arc::new(AuditChannel::new(config.slack.audit_channel.clone())),
            sockets: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        app.start_workers();
        app.start_slack(SocketSettings {
            sockets: config.slack.sockets.into(),
            ..options.sockets
        });
        Ok(app)
    }

    /// What decides and remembers; for faces beside Slack.
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub fn bot(&self) -> &Arc<Bot> {
        &self.bot
    }

    fn start_workers(&self) {
        let core = &self.core;
        let directory = Arc::clone(&self.bot.directory);
        self.lane(
            Lane::Revoke,
            16,
            Arc::new(Revoke {
                core: Arc::clone(core),
            }),
        );
        self.lane(
            Lane::Provision,
            4,
            Arc::new(Provision {
                core: Arc::clone(core),
                directory,
            }),
        );
        self.lane(
            Lane::CleanUp,
            2,
            Arc::new(CleanUp {
                core: Arc::clone(core),
            }),
        );
        self.lane(
            Lane::Timer,
            2,
            Arc::new(Timer {
                core: Arc::clone(core),
            }),
        );
        self.lane(
            Lane::Deliver,
            4,
            Arc::new(Deliver {
                bot: Arc::clone(&self.bot),
            }),
        );
        self.spawn("discover", slack::discover(Arc::clone(core)));
        self.spawn("housekeeping", slack::tidy(Arc::clone(core)));
    }

    fn lane(&self, lane: Lane, at_once: usize, what: Arc<dyn Work>) {
        self.tasks.spawn(work(
            Arc::clone(&self.core),
            lane,
            what,
            at_once,
            self.stop.clone(),
        ));
    }

    fn start_slack(&self, settings: SocketSettings) {
        self.tasks.spawn(slack::post_trail(
            Arc::clone(&self.bot),
            Arc::clone(&self.audit),
            self.stop.clone(),
        ));
        let sockets = Arc::clone(&self.sockets);
        self.spawn(
            "slack",
            slack::connect(Arc::clone(&self.bot), Arc::clone(&self.audit), sockets, settings),
        );
    }

    /// A task that runs until the stop; one that ends by itself is a bug, and said so.
    fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            if stop.run_until_cancelled(task).await.is_some() {
                tracing::error!(task = name, "a task ended that should run for ever");
            }
        });
    }

    /// Takes nothing more, finishes what runs, and closes; bounded to less than 10 s.
    pub async fn stop(self) -> Result<(), StoreError> {
        let began = Instant::now();
        if let Some(sockets) = self.sockets.lock().await.take() {
            sockets.shutdown(DRAIN_SOCKETS).await;
        }
        self.stop.cancel();
        self.tasks.close();
        let left = DRAIN.saturating_sub(began.elapsed());
        if tokio::time::timeout(left, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work was not finished in time; it is taken up at the next start");
        }
        let last = async {
            record::stopped(&self.core).await?;
            self.core.store.free_all(&self.core.owner).await?;
            self.core.store.close().await
        };
        let left = DRAIN.saturating_sub(began.elapsed());
        match tokio::time::timeout(left.max(AT_LEAST), last).await {
            Ok(closed) => closed,
            Err(_) => Err(StoreError::Unavailable("it did not answer in time".to_owned())),
        }
    }
}

/// Where the config's database is.
pub fn database(config: &Config) -> Result<DatabaseTarget, crate::secrets::SecretError> {
    Ok(match &config.database.url {
        DatabaseUrl::Sqlite(path) => DatabaseTarget::Sqlite(path.clone()),
        DatabaseUrl::Postgres(url) => DatabaseTarget::Postgres(SecretString::from(url.read()?)),
    })
}
