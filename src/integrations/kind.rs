//! What a kind of target says about itself.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::access::accounts::Accounts;
use crate::access::grant::Granted;
use crate::access::ids::InstallId;
use crate::document::Section;

use super::promises::Promises;
use super::reconciled::Reconciled;
use super::records::{Records, RecordsError};
use super::{Integration, IntegrationConfig, IntegrationError, KINDS};

/// The kind that the config or a stored grant calls `name`.
pub fn named(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

/// The kinds that the documentation describes.
pub fn documented() -> impl Iterator<Item = &'static dyn Kind> {
    KINDS.iter().copied().filter(|kind| !kind.is_made_up())
}

/// One kind of target.
pub trait Kind: Send + Sync {
    /// `kind = "..."` in the config, and in stored grants.
    fn name(&self) -> &'static str;

    /// It exists only for tests, so the documentation does not describe it.
    fn is_made_up(&self) -> bool {
        false
    }

    /// The keys of its `[[integrations]]`, including `name`, `kind` and `retired`, which every kind has.
    fn keys(&self) -> &'static [&'static str];

    /// Keys that allow more than people may expect when they are absent, and what then applies: `("resources", "all that are
    /// there")`.
    fn absent(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Its part of `config.example.toml`: what it is, and every key.
    fn example(&self) -> &'static str;

    /// What it promises, for each way of setting it up.
    fn promises(&self) -> &'static [Promises];

    /// Reads the keys of the integration `name`. `earlier` are those above it in the file. `None` only if a problem was
    /// recorded.
    fn read(
        &self,
        section: &Section<'_>,
        name: &str,
        earlier: &[IntegrationConfig],
    ) -> Option<Arc<dyn Settings>>;

    /// Makes integrations from stored grants.
    fn of_grants(&self) -> Arc<dyn OfGrants>;
}

/// The settings of one integration in the config, as read by its kind.
#[async_trait]
pub trait Settings: Any + fmt::Debug + Send + Sync {
    fn kind(&self) -> &'static dyn Kind;

    /// Names of the permissions, in file order; never empty.
    fn permissions(&self) -> Vec<&str>;

    /// Names of the resources, if the file lists them and not the target.
    fn resources(&self) -> Option<Vec<&str>>;

    /// Who has which account on the target, if people log in with their own.
    fn accounts(&self) -> Option<&Accounts> {
        None
    }

    /// How often the target is compared with what was granted, if it keeps anything.
    fn reconciled(&self) -> Option<Reconciled> {
        None
    }

    /// Private files that are not named by a reference to a secret.
    fn kept_files(&self) -> Vec<&Path> {
        Vec::new()
    }

    /// The names of its records in the bot's database, see [`Records`].
    fn records(&self) -> &'static [&'static str] {
        &[]
    }

    /// Brings its records up to date, at each start and reload.
    async fn settle(&self, _records: &dyn Records) -> Result<(), RecordsError> {
        Ok(())
    }

    fn make(&self, around: &Around) -> Result<Arc<dyn Integration>, IntegrationError>;

    /// The same, only for a reap, which ends what it can even if a part of the target cannot be reached. A reap has no
    /// database, so it has no records either.
    fn for_reap(&self) -> Result<Arc<dyn Integration>, IntegrationError> {
        self.make(&Around::default())
    }

    /// The SQL that an administrator runs on the target, or else what to do instead, for people who ask for SQL.
    fn sql(&self) -> Result<&dyn Sql, NoSql> {
        Err(NoSql {
            set_up: "no SQL is needed to set it up",
            reap: "it keeps nothing there that has to be ended",
        })
    }

    /// The key of its own that targets trust, if it has one.
    fn authority(&self) -> Option<&dyn Authority> {
        None
    }
}

/// SQL for the administrator of a target.
pub trait Sql {
    /// Whether the config says that the bot's role is bounded.
    fn is_bounded(&self) -> bool;

    /// Creates the bot's role on the target, with what it needs and nothing else.
    fn set_up(&self, wanted: &SetUp) -> Result<String, IntegrationError>;

    /// Creates what permissions stand for on the target, with the rights that their names say.
    fn group_roles(&self) -> Result<String, IntegrationError>;

    /// Does on the target itself what [`KeepsState::reap`](super::KeepsState::reap) does from outside.
    fn reap(&self) -> Result<String, IntegrationError>;
}

/// Why there is no SQL for a target.
#[derive(Clone, Copy, Debug)]
pub struct NoSql {
    /// How to set it up instead.
    pub set_up: &'static str,
    /// Why nothing has to be ended on the target.
    pub reap: &'static str,
}

/// What the bot's role on a target should be.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// It gets only functions that check each step.
    pub bounded: bool,
    /// Its name and the database that it connects to; without them, those of the admin URL.
    pub role: Option<(String, String)>,
    /// The longest access that flows give, with all extensions.
    pub longest: Duration,
    /// The bot's installation, for a bounded role; none if the bot has not started yet.
    pub install: Option<InstallId>,
}

/// A key that certifies people and that targets trust.
#[async_trait]
pub trait Authority: Sync {
    /// What to set up on targets, as lines and files to copy. `on_record` is the fingerprint in the database, if that could be
    /// read.
    fn trust(&self, on_record: Option<&str>) -> Result<String, IntegrationError>;

    /// The name of that record.
    fn record(&self) -> &'static str;

    /// Makes the present key the right one from the next start on, and creates a key if there is none and it may be created.
    /// Returns its fingerprint.
    async fn accept(&self, records: &dyn Records) -> Result<String, AcceptError>;
}

/// Why a key could not be accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error(transparent)]
    Key(#[from] IntegrationError),
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// What an integration is made from, besides its own settings.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Its records in the database, by name.
    pub records: BTreeMap<&'static str, String>,
    /// The longest access that its flows give, with all extensions; `None` if that is not needed.
    pub longest: Option<Duration>,
}

/// Makes an integration that can end stored grants whose integration is no longer in the config.
pub trait OfGrants: Send + Sync {
    fn make(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError>;
}
