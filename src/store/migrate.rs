//! Migrating the database to this version's schema, by one process at a time; the first migration creates the installation.

use std::time::Duration;

use apono_migrations::Difference;
use data_encoding::BASE32_NOPAD;
use sea_orm::{ActiveValue::Set, DbBackend, EntityTrait};

use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, Via, What};

use super::entities::install;
use super::error::StoreError;
use super::{Store, Tx};

/// A number that no other program on the same PostgreSQL database is likely to use: "apono" in ASCII.
const MIGRATION_LOCK: i64 = 0x61_70_6f_6e_6f;

/// How long a migration may take on the largest database, and how long to wait for one.
const MIGRATES_WITHIN: Duration = Duration::from_hours(1);

impl Store {
    /// Runs the missing migrations, all or nothing, and indexes what is not indexed yet; on a new database it also creates the
    /// installation and its first event.
    pub async fn migrate(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if tx.backend() == DbBackend::Postgres {
            // Another replica's migration may take longer than a statement may normally wait.
            tx.db_mut().be_patient(MIGRATES_WITHIN);
            tx.execute("SET LOCAL statement_timeout = 0", []).await?;
            tx.execute("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()])
                .await?;
        }
        let db = tx.db();
        refuse_newer(&db.within(apono_migrations::difference(db.bare())).await?)?;
        db.within(apono_migrations::run(db.bare())).await?;
        tx.index_the_rest().await?;
        if tx.backend() == DbBackend::Sqlite {
            tx.end_leases_of_the_dead().await?;
        }
        let first = make_install(&mut tx, now).await?;
        tx.seal(first.into_iter().collect()).await?;
        Ok(())
    }

    /// This installation's id.
    pub async fn install(&self) -> Result<InstallId, StoreError> {
        let row = install::Entity::find().one(self.reader()).await?;
        let row = row.ok_or_else(|| StoreError::not_found("install", "row"))?;
        Ok(InstallId::new(row.id))
    }

    /// When the installation was created.
    pub async fn installed_at(&self) -> Result<Timestamp, StoreError> {
        let row = install::Entity::find().one(self.reader()).await?;
        let row = row.ok_or_else(|| StoreError::not_found("install", "row"))?;
        Ok(Timestamp::from_micros(row.created_at))
    }

    pub(super) async fn refuse_other_schema(&self) -> Result<(), StoreError> {
        let db = self.reader().bare();
        let difference = self.reader().within(apono_migrations::difference(&db)).await?;
        refuse_newer(&difference)?;
        if difference.missing.is_empty() {
            Ok(())
        } else {
            Err(StoreError::NotMigrated)
        }
    }
}

/// A database with migrations unknown to us was migrated by a newer version, and its rows may have a different meaning.
fn refuse_newer(difference: &Difference) -> Result<(), StoreError> {
    if difference.unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::Newer(difference.unknown.join(", ")))
}

/// The first event, if this is the first time.
async fn make_install(tx: &mut Tx, now: Timestamp) -> Result<Option<Event>, StoreError> {
    if install::Entity::find().one(tx.db()).await?.is_some() {
        return Ok(None);
    }
    let mut random = [0_u8; 5];
    getrandom::fill(&mut random)
        .map_err(|_| StoreError::Unavailable("the system provides no random numbers".to_owned()))?;
    let id = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    let row = install::ActiveModel {
        id: Set(id.clone()),
        created_at: Set(now.micros()),
    };
    install::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    let origin = Origin {
        via: Via::Worker,
        cause: "migrate".to_owned(),
        actor: Actor::Apono,
    };
    Ok(Some(Event::new(
        now,
        InstallId::new(id),
        origin,
        None,
        What::Genesis,
    )))
}
