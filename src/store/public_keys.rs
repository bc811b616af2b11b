//! Public keys that people have used to connect, so they need not paste them again.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::ids::PersonId;
use crate::access::time::Timestamp;

use super::entities::public_key;
use super::error::StoreError;
use super::{Store, Tx};

/// A key as its owner pasted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub fingerprint: String,
    /// The line of a `.pub` file.
    pub line: String,
}

impl Tx {
    /// Stores a key, or records that a known one was used again. `id` is only used for a new one.
    pub async fn remember_key(
        &mut self,
        id: &str,
        person: &PersonId,
        key: &StoredKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = public_key::ActiveModel {
            id: Set(id.to_owned()),
            person_id: Set(person.to_string()),
            fingerprint: Set(key.fingerprint.clone()),
            body: Set(key.line.clone()),
            added_at: Set(now.micros()),
            used_at: Set(now.micros()),
        };
        let known = OnConflict::columns([public_key::Column::PersonId, public_key::Column::Fingerprint])
            .update_columns([public_key::Column::Body, public_key::Column::UsedAt])
            .to_owned();
        public_key::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The keys a person used last, the latest first.
    pub async fn keys_of(&self, person: &PersonId, limit: u64) -> Result<Vec<StoredKey>, StoreError> {
        let rows = public_key::Entity::find()
            .filter(public_key::Column::PersonId.eq(person.as_str()))
            .order_by_desc(public_key::Column::UsedAt)
            .order_by_asc(public_key::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        let keys = rows.into_iter().map(|row| StoredKey {
            fingerprint: row.fingerprint,
            line: row.body,
        });
        Ok(keys.collect())
    }
}
