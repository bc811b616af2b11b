//! Who an admin has blocked, which integrations an admin has frozen, and whether access is only being taken away.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};

use crate::access::ids::{PersonId, TextId};
use crate::access::people::Limits;
use crate::access::time::Timestamp;

use super::entities::{blocked_person, frozen_integration, person};
use super::error::StoreError;
use super::read::Read;
use super::{Store, Tx, restored};

/// Queries about what an admin stopped.
pub trait ReadLimits: Read {
    /// In one round trip to the database, for every decision.
    async fn limits(&self) -> Result<Limits, StoreError> {
        let db = self.connection();
        let sql = "SELECT 'person' AS what, person_id AS name FROM blocked_person
                   UNION ALL SELECT 'integration', integration FROM frozen_integration
                   UNION ALL SELECT 'ahead', name FROM setting WHERE name = $1";
        let statement =
            Statement::from_sql_and_values(db.get_database_backend(), sql, [restored::AHEAD.into()]);
        let mut limits = Limits::default();
        for row in db.query_all_raw(statement).await? {
            let name: String = row.try_get("", "name")?;
            match row.try_get::<String>("", "what")?.as_str() {
                "person" => limits.blocked.extend([PersonId::new(name)]),
                "integration" => limits.frozen.extend([name]),
                _ => limits.revoke_only = true,
            }
        }
        Ok(limits)
    }
}

impl<T: Read> ReadLimits for T {}

impl Store {
    /// Whether an admin has blocked this person.
    pub async fn is_blocked(&self, id: &PersonId) -> Result<bool, StoreError> {
        let row = blocked_person::Entity::find_by_id(id.as_str())
            .one(self.reader())
            .await?;
        Ok(row.is_some())
    }
}

impl Tx {
    /// Locks these people until the change ends: two admins who block each other do it one after the other.
    pub async fn hold_people(&mut self, ids: &[&PersonId]) -> Result<(), StoreError> {
        person::Entity::find()
            .filter(person::Column::Id.is_in(ids.iter().map(|id| id.as_str())))
            .order_by_asc(person::Column::Id)
            .lock_exclusive()
            .all(self.db())
            .await?;
        Ok(())
    }

    /// False if the person is already blocked.
    pub async fn block(
        &mut self,
        whom: &PersonId,
        by: &PersonId,
        reason: Option<&TextId>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = blocked_person::ActiveModel {
            person_id: Set(whom.to_string()),
            blocked_by: Set(by.to_string()),
            reason_id: Set(reason.map(TextId::to_string)),
            blocked_at: Set(now.micros()),
        };
        let done = blocked_person::Entity::insert(row)
            .on_conflict(
                OnConflict::column(blocked_person::Column::PersonId)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// False if the person is not blocked.
    pub async fn unblock(&mut self, whom: &PersonId) -> Result<bool, StoreError> {
        let done = blocked_person::Entity::delete_by_id(whom.as_str())
            .exec(self.db())
            .await?;
        Ok(done.rows_affected == 1)
    }

    /// False if the integration is already frozen.
    pub async fn freeze(
        &mut self,
        integration: &str,
        by: &PersonId,
        reason: Option<&TextId>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = frozen_integration::ActiveModel {
            integration: Set(integration.to_owned()),
            frozen_by: Set(by.to_string()),
            reason_id: Set(reason.map(TextId::to_string)),
            frozen_at: Set(now.micros()),
        };
        let done = frozen_integration::Entity::insert(row)
            .on_conflict(
                OnConflict::column(frozen_integration::Column::Integration)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// False if the integration is not frozen.
    pub async fn thaw(&mut self, integration: &str) -> Result<bool, StoreError> {
        let done = frozen_integration::Entity::delete_by_id(integration)
            .exec(self.db())
            .await?;
        Ok(done.rows_affected == 1)
    }
}
