//! What the demo runs on: a temporary folder, a PostgreSQL server and an SSH server if they are installed, a stand-in for
//! Slack, and the bot.
//!
//! Invariant: after [`Stage::strike`] nothing is left, neither a process nor a file.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
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
use crate::integrations::ssh::AuthorityKey;
use crate::slack::socket::SocketSettings;
use crate::slack::web::Pacing;
use crate::store::{DatabaseTarget, Lane, Store};
use crate::throwaway_postgres::{ThrowawayError, ThrowawayPostgres};
use crate::throwaway_sshd::{SshdError, ThrowawaySshd};
use crate::workers::capacity::Capacities;

use super::Wanted;
use super::cast::Player;
use super::error::DemoError;
use super::transcript::Transcript;

/// Something that can be requested, under its name in the form.
pub(super) struct Target {
    pub(super) integration: &'static str,
    pub(super) resource_type: &'static str,
    pub(super) resource: &'static str,
}

pub(super) const SHOP: Target = Target {
    integration: "shop-db",
    resource_type: "Database",
    resource: "shop",
};

pub(super) const BASTION: Target = Target {
    integration: "bastion-ssh",
    resource_type: "Host",
    resource: "bastion",
};

/// How long a step may take if it has no limit of its own; a slow machine needs seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How often the demo looks at something that sends no events.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const CONFIG: &str = include_str!("config.toml");
const CONFIG_POSTGRES: &str = include_str!("config_postgres.toml");
const CONFIG_SSH: &str = include_str!("config_ssh.toml");
const CONFIG_PORTAL: &str = include_str!("config_portal.toml");

/// Where the portal is in the documentation, too.
const PORTAL: &str = "127.0.0.1:8080";

/// The host that certificates name if no SSH server is installed; nobody logs in then.
const NO_HOST: (&str, u16, &str) = ("bastion.example.com", 22, "deploy");

pub(super) struct Stage {
    pub(super) app: App,
    pub(super) simulator: Simulator,
    server: Option<ThrowawayPostgres>,
    sshd: Option<ThrowawaySshd>,
    folder: TempDir,
    target: DatabaseTarget,
}

impl Stage {
    /// Starts everything, and prints what was started and how long it took. With `ssh_only`, as if PostgreSQL were not
    /// installed; with `keep`, with a portal.
    pub(super) async fn set(page: &Transcript, wanted: Wanted) -> Result<Self, DemoError> {
        let Wanted { ssh_only, keep, .. } = wanted;
        page.at("Getting ready")?;
        let detail = page.detail();
        let began = Instant::now();
        let server = if ssh_only { None } else { start_postgres().await? };
        let sample = match &server {
            Some(server) => Some(server.create_target(SHOP.resource).await?),
            None => None,
        };
        if server.is_some() {
            detail.took(
                began.elapsed(),
                "for a PostgreSQL server with the sample database \"shop\"",
            )?;
        } else {
            page.tell(&without(ssh_only))?;
        }
        let began = Instant::now();
        let sshd = start_sshd().await?;
        if sshd.is_some() {
            detail.took(began.elapsed(), "for an SSH server")?;
        } else {
            page.tell(
                "No SSH server is installed here (Debian: apt install openssh-server), so nobody logs in with SSH. Instead the demo checks the certificates the way a host would.",
            )?;
        }

        let began = Instant::now();
        let simulator = Simulator::start(World::example()).await?;
        simulator.set_patience(PATIENCE);
        let folder = tempfile::Builder::new().prefix("apono-demo-").tempdir()?;
        let admin_url = sample.as_ref().map(|sample| &sample.admin_url);
        let config = write_config(folder.path(), &simulator, admin_url, sshd.as_ref(), keep)?;
        detail.took(began.elapsed(), "for the stand-in for Slack")?;

        let began = Instant::now();
        let target = database(&config)?;
        let sockets = usize::from(config.slack.sockets);
        let options = Options {
            clock: Arc::new(SystemClock),
            pacing: Pacing::Off,
            sockets: SocketSettings::default(),
            proxy: None,
            capacities: Capacities::default(),
        };
        let stage = Self {
            app: App::start(config, options).await?,
            simulator,
            server,
            sshd,
            folder,
            target,
        };
        let ready = async {
            stage.trust_the_ca()?;
            stage.connected(sockets).await
        };
        if let Err(error) = ready.await {
            stage.strike().await?;
            return Err(error);
        }
        detail.took(
            began.elapsed(),
            "for the bot, until it was connected to everything",
        )?;
        Ok(stage)
    }

    /// What an admin does once with the lines of `apono ssh trust`.
    fn trust_the_ca(&self) -> Result<(), DemoError> {
        let made = AuthorityKey::made(self.folder.path().join("bastion_ca"));
        let key = made
            .public_key()
            .map_err(|error| DemoError::NotAsPromised(error.to_string()))?;
        let line = key
            .to_openssh()
            .map_err(|error| DemoError::NotAsPromised(error.to_string()))?;
        if let Some(sshd) = &self.sshd {
            sshd.trust(&line)?;
        }
        Ok(())
    }

    async fn connected(&self, sockets: usize) -> Result<(), DemoError> {
        let wanted = if self.has_database() {
            vec![SHOP, BASTION]
        } else {
            vec![BASTION]
        };
        self.until("the bot to connect to Slack and to the targets", async || {
            let known = |target: &Target| {
                let entries = self.app.core().catalogue.of(target.integration);
                entries.all().any(|entry| entry.resource.name == target.resource)
            };
            let ready = self.simulator.open_sockets() >= sockets && wanted.iter().all(known);
            Ok(ready.then_some(()))
        })
        .await
    }

    /// Whether there is a PostgreSQL server.
    pub(super) fn has_database(&self) -> bool {
        self.server.is_some()
    }

    /// Whether there is an SSH server to log in to.
    pub(super) fn has_host(&self) -> bool {
        self.sshd.is_some()
    }

    /// Waits until the bot has nothing left to write to Slack: people do not click at once.
    pub(super) async fn delivered(&self) -> Result<(), DemoError> {
        let core = self.app.core();
        self.until("the bot to send its messages to Slack", async || {
            let counts = core.store.job_counts(core.now()).await?;
            let busy = counts
                .get(&Lane::Deliver)
                .is_some_and(|lane| lane.ready + lane.leased > 0);
            Ok((!busy).then_some(()))
        })
        .await
    }

    /// Looks repeatedly until there is something to see.
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

    /// What the bot tells `player` who asks for a link to the portal; `None` if there is no portal.
    pub(super) async fn portal_link(&self, player: &Player) -> Result<Option<String>, DemoError> {
        if self.app.portal().is_none() {
            return Ok(None);
        }
        let person = self.person(player);
        let before = person.ephemerals().len();
        person.command("/apono", "portal").await?;
        let told = self
            .until("the link to the portal", async || {
                Ok(person.ephemerals().into_iter().nth(before))
            })
            .await?;
        Ok(Some(told.rendered))
    }

    /// Where the bot keeps its files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A URL of the database server's superuser, who can see what is left on it.
    pub(super) fn superuser_url(&self) -> Option<SecretString> {
        let server = self.server.as_ref()?;
        Some(server.superuser_url(SHOP.resource))
    }

    /// The bot's database, opened the way `apono audit verify` does.
    pub(super) async fn store_for_reading(&self) -> Result<Store, DemoError> {
        Ok(Store::open_for_reading(&self.target).await?)
    }

    /// Stops and removes everything, even if parts of that fail, and checks that it is gone.
    pub(super) async fn strike(self) -> Result<(), DemoError> {
        let mut folders: Vec<PathBuf> = vec![self.folder.path().to_owned()];
        folders.extend(self.server.as_ref().map(|server| server.folder().to_owned()));
        folders.extend(self.sshd.as_ref().map(|server| server.folder().to_owned()));
        let stopped = self.app.stop().await;
        self.simulator.stop().await;
        let servers = (self.server, self.sshd);
        spawn_blocking(move || drop(servers))
            .await
            .expect("stopping a server does not panic");
        let removed = self.folder.close();
        stopped?;
        removed?;
        match folders.iter().find(|folder| folder.exists()) {
            Some(left) => Err(DemoError::NotAsPromised(format!(
                "{} should be gone, but is still there",
                left.display()
            ))),
            None => Ok(()),
        }
    }
}

/// The usual port of the portal, or any other if something else has that one.
fn free_address() -> String {
    let is_free = TcpListener::bind(PORTAL).is_ok();
    if is_free { PORTAL } else { "127.0.0.1:0" }.to_owned()
}

/// A PostgreSQL server; `None` if it is not installed.
async fn start_postgres() -> Result<Option<ThrowawayPostgres>, DemoError> {
    let started = spawn_blocking(ThrowawayPostgres::start).await;
    match started.expect("starting a server does not panic") {
        Ok(server) => Ok(Some(server)),
        Err(ThrowawayError::NotInstalled) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An SSH server; `None` if it is not installed.
async fn start_sshd() -> Result<Option<ThrowawaySshd>, DemoError> {
    let started = spawn_blocking(|| ThrowawaySshd::start(&[])).await;
    match started.expect("starting a server does not panic") {
        Ok(server) => Ok(Some(server)),
        Err(SshdError::NotInstalled) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Why the demo has no database.
fn without(ssh_only: bool) -> String {
    let why = if ssh_only {
        "As you asked,"
    } else {
        "PostgreSQL's server is not installed here (Debian: apt install postgresql), so"
    };
    format!("{why} the demo shows SSH only.")
}

/// Writes the config and the secrets it refers to, and reads it the way the bot does.
fn write_config(
    folder: &Path,
    simulator: &Simulator,
    target_url: Option<&SecretString>,
    sshd: Option<&ThrowawaySshd>,
    with_portal: bool,
) -> Result<Config, DemoError> {
    let mut secrets = vec![
        ("app_token", simulator.app_token()),
        ("bot_token", simulator.bot_token()),
    ];
    let mut text = CONFIG.replace("{api_url}", &simulator.api_url());
    if let Some(url) = target_url {
        secrets.push(("shop_db_url", url.expose_secret().to_owned()));
        text.push_str(CONFIG_POSTGRES);
    }
    let (host, port, account) = sshd.map_or(NO_HOST, |sshd| ("127.0.0.1", sshd.port(), sshd.account()));
    text.push_str(
        &CONFIG_SSH
            .replace("{host}", host)
            .replace("{port}", &port.to_string())
            .replace("{account}", account),
    );
    if with_portal {
        text.push_str(&CONFIG_PORTAL.replace("{listen}", &free_address()));
    }
    for (name, secret) in secrets {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(name))?
            .write_all(secret.as_bytes())?;
    }
    let path = folder.join("config.toml");
    fs::write(&path, text)?;
    Ok(Config::load(&path)?)
}
