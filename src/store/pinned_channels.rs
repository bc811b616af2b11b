//! Channels that the bot found by name and pinned by id, so it never writes to another channel with the same name.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, Iterable, QueryFilter};

use super::entities::pinned_channel;
use super::error::StoreError;
use super::{Store, Tx};

impl Tx {
    /// From this change on, the channel for `purpose` that the config calls `wanted` is the one with the id `channel`.
    pub async fn pin_channel(
        &mut self,
        purpose: &str,
        wanted: &str,
        channel: &str,
    ) -> Result<(), StoreError> {
        let row = pinned_channel::ActiveModel {
            purpose: Set(purpose.to_owned()),
            wanted: Set(wanted.to_owned()),
            channel: Set(channel.to_owned()),
        };
        let known = OnConflict::column(pinned_channel::Column::Purpose)
            .update_columns(pinned_channel::Column::iter())
            .to_owned();
        pinned_channel::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The id of the channel for `purpose`; `None` if it has not been found yet, or if the config had another name for it
    /// then.
    pub async fn pinned_channel(&self, purpose: &str, wanted: &str) -> Result<Option<String>, StoreError> {
        let row = pinned_channel::Entity::find_by_id(purpose)
            .filter(pinned_channel::Column::Wanted.eq(wanted))
            .one(self.reader())
            .await?;
        Ok(row.map(|row| row.channel))
    }
}
