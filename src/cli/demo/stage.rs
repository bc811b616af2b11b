//! What the demo plays on: a temporary folder, a PostgreSQL server, a stand-in for Slack, and the bot.
//!
//! Invariant: after [`Stage::strike`] nothing of it is left, neither a process nor a file.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use slack_simulator::{Actor, Simulator, World};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::app::{App, Options, database};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::slack::socket::SocketSettings;
use crate::slack::web::Pacing;
use crate::store::{DatabaseTarget, Lane, Store};
use crate::throwaway_postgres::ThrowawayPostgres;

use super::cast::Player;
use super::error::DemoError;
use super::transcript::Transcript;

/// The sample database, as the config's integration names it.
pub(super) const DATABASE: &str = "shop";
pub(super) const INTEGRATION: &str = "shop-db";

/// How long anything may take that has no time of its own; a slow machine needs seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How often something is looked at that cannot be listened to.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const CONFIG: &str = include_str!("config.toml");

pub(super) struct Stage {
    pub(super) app: App,
    pub(super) simulator: Simulator,
    server: ThrowawayPostgres,
    folder: TempDir,
    target: DatabaseTarget,
}

impl Stage {
    /// Starts everything, and says what and how long it took.
    pub(super) async fn set(page: &Transcript) -> Result<Self, DemoError> {
        page.at("Getting ready")?;
        let began = Instant::now();
        let server = spawn_blocking(ThrowawayPostgres::start)
            .await
            .expect("starting a server does not panic")?;
        let sample = server.create_target(DATABASE).await?;
        page.took(
            began.elapsed(),
            "for a PostgreSQL server with the sample database \"shop\"",
        )?;

        let began = Instant::now();
        let simulator = Simulator::start(World::example()).await?;
        simulator.set_patience(PATIENCE);
        let folder = tempfile::Builder::new().prefix("apono-demo-").tempdir()?;
        let config = write_config(folder.path(), &simulator, &sample.admin_url)?;
        page.took(began.elapsed(), "for the stand-in for Slack")?;

        let began = Instant::now();
        let target = database(&config)?;
        let sockets = usize::from(config.slack.sockets);
        let options = Options {
            clock: Arc::new(SystemClock),
            pacing: Pacing::Off,
            sockets: SocketSettings::default(),
            proxy: None,
        };
        let stage = Self {
            app: App::start(config, options).await?,
            simulator,
            server,
            folder,
            target,
        };
        if let Err(error) = stage.connected(sockets).await {
            stage.strike().await?;
            return Err(error);
        }
        page.took(began.elapsed(), "for the bot, until it was connected to both")?;
        Ok(stage)
    }

    async fn connected(&self, sockets: usize) -> Result<(), DemoError> {
        self.until("the bot to connect to Slack and to the database", async || {
            let known = self.app.core().catalogue.of(INTEGRATION);
            let ready = self.simulator.open_sockets() >= sockets
                && known.iter().any(|entry| entry.resource.name == DATABASE);
            Ok(ready.then_some(()))
        })
        .await
    }

    /// Waits until the bot has nothing more to write to Slack: people take their time before they click.
    pub(super) async fn delivered(&self) -> Result<(), DemoError> {
        let core = self.app.core();
        self.until("the bot to bring its messages to Slack", async || {
            let counts = core.store.job_counts(core.now()).await?;
            let busy = counts
                .get(&Lane::Deliver)
                .is_some_and(|lane| lane.ready + lane.leased > 0);
            Ok((!busy).then_some(()))
        })
        .await
    }

    /// Looks again and again until there is something to see.
    pub(super) async fn until<T>(
        &self,
        what: &str,
        seen: impl AsyncFn() -> Result<Option<T>, DemoError>,
    ) -> Result<T, DemoError> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(found) = seen().await? {
                return Ok(found);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(DemoError::waited_for(what))
    }

    pub(super) fn person(&self, player: &Player) -> Actor {
        self.simulator.person(player.handle)
    }

    /// Where the bot keeps its files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A URL of the server's superuser, who sees what is left on it.
    pub(super) fn superuser_url(&self) -> SecretString {
        self.server.superuser_url(DATABASE)
    }

    /// The bot's database as `apono audit verify` opens it.
    pub(super) async fn store_for_reading(&self) -> Result<Store, DemoError> {
        Ok(Store::open_for_reading(&self.target).await?)
    }

    /// Stops and removes everything, whatever of it fails, and looks whether it is gone.
    pub(super) async fn strike(self) -> Result<(), DemoError> {
        let folders: [PathBuf; 2] = [self.folder.path().to_owned(), self.server.folder().to_owned()];
        let stopped = self.app.stop().await;
        self.simulator.stop().await;
        let server = self.server;
        spawn_blocking(move || drop(server))
            .await
            .expect("stopping a server does not panic");
        let removed = self.folder.close();
        stopped?;
        removed?;
        match folders.iter().find(|folder| folder.exists()) {
            Some(left) => Err(DemoError::NotAsPromised(format!(
                "{} should be gone, and is still there",
                left.display()
            ))),
            None => Ok(()),
        }
    }
}

/// Writes the config and the secrets it refers to, and reads it as the bot does.
fn write_config(
    folder: &Path,
    simulator: &Simulator,
    target_url: &SecretString,
) -> Result<Config, DemoError> {
    let secrets = [
        ("app_token", simulator.app_token()),
        ("bot_token", simulator.bot_token()),
        ("shop_db_url", target_url.expose_secret().to_owned()),
    ];
    for (name, secret) in secrets {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(name))?
            .write_all(secret.as_bytes())?;
    }
    let path = folder.join("config.toml");
    fs::write(&path, CONFIG.replace("{api_url}", &simulator.api_url()))?;
    Ok(Config::load(&path)?)
}
