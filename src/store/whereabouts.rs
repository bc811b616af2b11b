//! Where this database belongs: its Slack app and its server.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::{Deserialize, Serialize};

use crate::audit::restored::{Elsewhere, SlackApp};

use super::error::StoreError;
use super::settings::ReadSettings;
use super::{Store, Tx};

const WHEREABOUTS: &str = "whereabouts";

/// Why the last start found it elsewhere.
const MOVED: &str = "moved";

/// Where a database belongs, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    pub slack: Option<SlackApp>,
    /// A fingerprint of the bot token, to recognise the app without asking Slack.
    pub token: Option<String>,
    /// The identifier that `initdb` gave the PostgreSQL server; its replicas and their successors have it too.
    pub server: Option<String>,
}

impl Store {
    /// Nothing is known before the first start.
    pub async fn whereabouts(&self) -> Result<Whereabouts, StoreError> {
        let stored = self.setting(WHEREABOUTS).await?;
        let read = |stored: String| {
            serde_json::from_str(&stored)
                .map_err(|error| StoreError::inconsistent("setting", WHEREABOUTS, error))
        };
        stored.map_or_else(|| Ok(Whereabouts::default()), read)
    }

    pub async fn remember_whereabouts(&self, now: &Whereabouts) -> Result<(), StoreError> {
        if *now == self.whereabouts().await? && self.setting(MOVED).await?.is_none() {
            return Ok(());
        }
        let value = serde_json::to_string(now)
            .map_err(|error| StoreError::inconsistent("setting", WHEREABOUTS, error))?;
        let mut tx = self.write().await?;
        tx.put_setting(WHEREABOUTS, &value).await?;
        tx.forget_setting(MOVED).await?;
        tx.commit().await
    }

    /// Records that it was started elsewhere, for the operator who accepts that.
    pub async fn note_moved(&self, why: &Elsewhere) -> Result<(), StoreError> {
        let why =
            serde_json::to_string(why).map_err(|error| StoreError::inconsistent("setting", MOVED, error))?;
        let mut tx = self.write().await?;
        tx.put_setting(MOVED, &why).await?;
        tx.commit().await
    }

    /// The identifier of the PostgreSQL server; `None` on SQLite, or if the bot's role may not read it.
    pub async fn server(&self) -> Result<Option<String>, StoreError> {
        let db = self.reader();
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let ask = async |sql: &str| {
            db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
                .await
        };
        let may =
            ask("SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')")
                .await?;
        let may: bool = may.map_or(Ok(false), |row| row.try_get_by_index(0))?;
        if !may {
            return Ok(None);
        }
        let row = ask("SELECT system_identifier::text FROM pg_catalog.pg_control_system()").await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

impl Tx {
    /// Makes the place of the next start its home. Returns why it was not at home; if it was, returns `None` and changes
    /// nothing.
    pub async fn accept_move(&mut self) -> Result<Option<Elsewhere>, StoreError> {
        let Some(why) = self.setting(MOVED).await? else {
            return Ok(None);
        };
        let why =
            serde_json::from_str(&why).map_err(|error| StoreError::inconsistent("setting", MOVED, error))?;
        for name in [MOVED, WHEREABOUTS] {
            self.forget_setting(name).await?;
        }
        Ok(Some(why))
    }
}
