//! What a kind of target has to say of itself.

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

/// The kinds that documents tell of.
pub fn documented() -> impl Iterator<Item = &'static dyn Kind> {
    KINDS.iter().copied().filter(|kind| !kind.is_made_up())
}

/// One kind of target.
pub trait Kind: Send + Sync {
    /// `kind = "..."` in the config, and in stored grants.
    fn name(&self) -> &'static str;

    /// It is there for tests alone, so no document tells of it.
    fn is_made_up(&self) -> bool {
        false
    }

    /// The keys of its `[[integrations]]`, with `name`, `kind` and `retired`, which every kind has.
    fn keys(&self) -> &'static [&'static str];

    /// Keys whose absence gives more than people may expect, and what then counts: `("resources", "all that are there")`.
    fn absent(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Its part of `config.example.toml`: what it is, and every key.
    fn example(&self) -> &'static str;

    /// What it promises, for each way to set it up.
    fn promises(&self) -> &'static [Promises];

    /// Reads the keys of the integration `name`. `earlier` are those above it in the file. `None` only where a problem was
    /// remembered.
    fn read(
        &self,
        section: &Section<'_>,
        name: &str,
        earlier: &[IntegrationConfig],
    ) -> Option<Arc<dyn Settings>>;

    /// What makes integrations from stored grants.
    fn of_grants(&self) -> Arc<dyn OfGrants>;
}

/// What one integration of the config says, as its kind read it.
#[async_trait]
pub trait Settings: Any + fmt::Debug + Send + Sync {
    fn kind(&self) -> &'static dyn Kind;

    /// Names of the permissions, in file order; never empty.
    fn permissions(&self) -> Vec<&str>;

    /// Names of the resources, where the file lists them and not the target.
    fn resources(&self) -> Option<Vec<&str>>;

    /// Whose account on the target is which, where people log in with their own.
    fn accounts(&self) -> Option<&Accounts> {
        None
    }

    /// How often the target is compared with what was granted, where it keeps anything.
    fn reconciled(&self) -> Option<Reconciled> {
        None
    }

    /// Files of its own that nobody else may read, and that no reference to a secret names.
    fn kept_files(&self) -> Vec<&Path> {
        Vec::new()
    }

    /// Names of what it keeps in the bot's database, see [`Records`].
    fn records(&self) -> &'static [&'static str] {
        &[]
    }

    /// Puts its records in order, at each start and reload.
    async fn settle(&self, _records: &dyn Records) -> Result<(), RecordsError> {
        Ok(())
    }

    fn make(&self, around: &Around) -> Result<Arc<dyn Integration>, IntegrationError>;

    /// The same for a reap alone, which ends what it can where a part of the target cannot be reached. It has no database, so
    /// no records either.
    fn for_reap(&self) -> Result<Arc<dyn Integration>, IntegrationError> {
        self.make(&Around::default())
    }

    /// Where an administrator runs SQL on the target; or else what they do instead, for whoever asks for SQL.
    fn sql(&self) -> Result<&dyn Sql, NoSql> {
        Err(NoSql {
            set_up: "it is set up without",
            reap: "it keeps nothing there that would have to be ended",
        })
    }

    /// Where targets trust a key of its own.
    fn authority(&self) -> Option<&dyn Authority> {
        None
    }
}

/// SQL for the administrator of a target.
pub trait Sql {
    /// Whether the config says that the bot's role is bounded.
    fn is_bounded(&self) -> bool;

    /// What makes the bot's role on the target, with what it needs and nothing else.
    fn set_up(&self, wanted: &SetUp) -> Result<String, IntegrationError>;

    /// What does on the target itself what [`KeepsState::reap`](super::KeepsState::reap) does from outside.
    fn reap(&self) -> Result<String, IntegrationError>;
}

/// Why there is no SQL for a target.
#[derive(Clone, Copy, Debug)]
pub struct NoSql {
    /// How it is set up instead.
    pub set_up: &'static str,
    /// Why nothing has to be ended on it.
    pub reap: &'static str,
}

/// How the bot's role on a target is to be.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// It gets nothing but functions that check each step.
    pub bounded: bool,
    /// How long flows give access for, with all extensions.
    pub longest: Duration,
    /// Of the bot, for a bounded role; none where it has not started yet.
    pub install: Option<InstallId>,
}

/// A key that certifies people, and that targets trust.
#[async_trait]
pub trait Authority: Sync {
    /// What targets have to be told, as lines and files to copy. `on_record` is the fingerprint that the database has, where it
    /// could be read.
    fn trust(&self, on_record: Option<&str>) -> Result<String, IntegrationError>;

    /// The name of that record.
    fn record(&self) -> &'static str;

    /// Takes the key that stands there now, made where there is none and it may be, for the right one from the next start on.
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

/// What an integration is made with, besides its own settings.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// What the database keeps for it, by name.
    pub records: BTreeMap<&'static str, String>,
    /// How long its flows give access for, with all extensions; `None` where nobody asks.
    pub longest: Option<Duration>,
}

/// Makes what can end stored grants of a kind whose integration the config no longer has.
pub trait OfGrants: Send + Sync {
    fn make(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError>;
}
