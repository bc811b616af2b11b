//! What the demo runs on: a temporary folder, a PostgreSQL server and an SSH server if they are installed, a stand-in for
//! Slack, and the bot.
//!
//! Invariant: after [`Stage::strike`] nothing is left, neither a process nor a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use slack_simulator::{Actor, Simulator, World};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::access::ids::RequestId;
use crate::access::request::State;
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
use super::configured::Around;
use super::error::DemoError;
use super::past::{self, Extent, Made, Someone};
use super::transcript::{Transcript, spoken};

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

/// A database that only the history is about.
const BILLING: &str = "billing";

/// How long a step may take if it has no limit of its own; a slow machine needs seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How often the demo looks at something that sends no events.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(super) struct Stage {
    pub(super) app: App,
    pub(super) simulator: Simulator,
    server: Option<ThrowawayPostgres>,
    sshd: Option<ThrowawaySshd>,
    folder: TempDir,
    target: DatabaseTarget,
    made: Option<Made>,
}

impl Stage {
    /// Starts everything, and prints what was started and how long it took. With `ssh_only`, as if PostgreSQL were not
    /// installed; with `keep`, with a portal and a history.
    pub(super) async fn set(page: &Transcript, wanted: Wanted) -> Result<Self, DemoError> {
        page.at("Getting ready")?;
        let detail = page.detail();
        let server = start_postgres(page, wanted.ssh_only).await?;
        let sshd = start_sshd(page).await?;

        let began = Instant::now();
        let crowd = wanted.keep.map(|extent| past::crowd(extent.people));
        let mut world = World::example();
        if let Some(crowd) = &crowd {
            past::hire(&mut world, crowd);
        }
        let simulator = Simulator::start(world).await?;
        simulator.set_patience(PATIENCE);
        detail.took(began.elapsed(), "for the stand-in for Slack")?;

        let folder = tempfile::Builder::new().prefix("apono-demo-").tempdir()?;
        let (shop, billing) = databases(server.as_ref(), crowd.is_some()).await?;
        let around = Around {
            simulator: &simulator,
            sshd: sshd.as_ref(),
            shop: shop.as_ref(),
            billing: billing.as_ref(),
            crowd: crowd.as_deref(),
        };
        let config = around.write(folder.path())?;
        let made = match (&crowd, wanted.keep) {
            (Some(crowd), Some(extent)) => Some(make_up(page, &config, crowd, extent).await?),
            (_, _) => None,
        };

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
            made,
        };
        if let Err(error) = stage.ready(sockets).await {
            stage.strike().await?;
            return Err(error);
        }
        detail.took(
            began.elapsed(),
            "for the bot, until it was connected to everything",
        )?;
        Ok(stage)
    }

    async fn ready(&self, sockets: usize) -> Result<(), DemoError> {
        self.trust_the_ca()?;
        self.connected(sockets).await?;
        match &self.made {
            Some(made) => self.granted(&made.approved).await,
            None => Ok(()),
        }
    }

    /// Waits until the bot has granted what was approved before it started, and everybody knows.
    async fn granted(&self, approved: &[RequestId]) -> Result<(), DemoError> {
        let store = &self.app.core().store;
        self.until(
            "the bot to grant what was approved before it started",
            async || {
                for id in approved {
                    let request = store.request(id).await?;
                    if request.is_none_or(|request| request.state != State::Granted) {
                        return Ok(None);
                    }
                }
                let is_posted = store.audit_cursor().await? == store.head().await?.seq;
                Ok(is_posted.then_some(()))
            },
        )
        .await?;
        self.delivered().await
    }

    /// The history, if there is one.
    pub(super) fn made(&self) -> Option<&Made> {
        self.made.as_ref()
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

/// A PostgreSQL server; `None` if it is not installed, or is not wanted.
async fn start_postgres(page: &Transcript, ssh_only: bool) -> Result<Option<ThrowawayPostgres>, DemoError> {
    let began = Instant::now();
    if !ssh_only {
        let started = spawn_blocking(ThrowawayPostgres::start).await;
        match started.expect("starting a server does not panic") {
            Ok(server) => {
                page.detail().took(began.elapsed(), "for a PostgreSQL server")?;
                return Ok(Some(server));
            }
            Err(ThrowawayError::NotInstalled) => {}
            Err(error) => return Err(error.into()),
        }
    }
    page.tell(&without(ssh_only))?;
    Ok(None)
}

/// The URLs of the sample database `shop` and, if it is wanted, of `billing`.
async fn databases(
    server: Option<&ThrowawayPostgres>,
    with_billing: bool,
) -> Result<(Option<SecretString>, Option<SecretString>), DemoError> {
    let Some(server) = server else {
        return Ok((None, None));
    };
    let shop = server.create_target(SHOP.resource).await?.admin_url;
    let billing = if with_billing {
        Some(server.create_target(BILLING).await?.admin_url)
    } else {
        None
    };
    Ok((Some(shop), billing))
}

/// An SSH server; `None` if it is not installed.
async fn start_sshd(page: &Transcript) -> Result<Option<ThrowawaySshd>, DemoError> {
    let began = Instant::now();
    let started = spawn_blocking(|| ThrowawaySshd::start(&[])).await;
    match started.expect("starting a server does not panic") {
        Ok(server) => {
            page.detail().took(began.elapsed(), "for an SSH server")?;
            Ok(Some(server))
        }
        Err(SshdError::NotInstalled) => {
            page.tell(
                "No SSH server is installed here (Debian: apt install openssh-server), so nobody logs in with SSH. Instead the demo checks the certificates the way a host would.",
            )?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes the history, and says how much there is of it.
async fn make_up(
    page: &Transcript,
    config: &Config,
    crowd: &[Someone],
    extent: Extent,
) -> Result<Made, DemoError> {
    let began = Instant::now();
    let made = past::make(config, crowd, extent.days).await?;
    page.tell(&format!(
        "The {} days before are made up: {} requests by {} people. ({} for {} events)",
        extent.days,
        made.last.0,
        extent.people,
        spoken(began.elapsed()),
        made.events,
    ))?;
    Ok(made)
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
