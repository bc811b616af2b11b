//! How many requests are not finished, for whoever watches the bot.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::super::Store;
use super::super::entities::request;
use super::super::error::StoreError;

/// The states of a request that is not finished.
const OPEN: [&str; 4] = ["pending", "approved", "granted", "revoking"];

impl Store {
    /// The number of requests in each state that is not an end, those without requests included.
    pub async fn open_by_state(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let found: Vec<(String, i64)> = request::Entity::find()
            .select_only()
            .column(request::Column::State)
            .column_as(request::Column::Id.count(), "count")
            .filter(request::Column::State.is_in(OPEN))
            .group_by(request::Column::State)
            .into_tuple()
            .all(self.reader())
            .await?;
        let count = |state: &str| found.iter().find(|(found, _)| found == state);
        let counted = OPEN.map(|state| {
            let number = count(state).map_or(0, |(_, number)| u64::try_from(*number).unwrap_or(0));
            (state, number)
        });
        Ok(counted.to_vec())
    }
}
