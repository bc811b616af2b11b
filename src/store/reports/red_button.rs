//! What a red button would end if it were pressed now.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::reader::Reader;
use crate::access::request::Request;

use super::super::Store;
use super::super::entities::request;
use super::super::error::StoreError;
use super::super::red_button::{ENDING, Everything};
use super::super::requests::{concerns, many};

/// The number of affected requests in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenCounts {
    pub pending: u64,
    pub approved: u64,
    pub granted: u64,
    pub revoking: u64,
}

impl Everything<'_> {
    /// As much of it as `reader` may see.
    fn read_by(self, reader: &Reader) -> Condition {
        let meant = match self {
            Self::Of(person) => concerns(person),
            Self::On(integration) => Condition::all().add(request::Column::Integration.eq(integration)),
        };
        match reader.limited_to() {
            Some(person) => Condition::all().add(meant).add(concerns(person)),
            None => meant,
        }
    }
}

impl Store {
    /// How much of `everything` is not finished.
    pub async fn open_counts(
        &self,
        reader: &Reader,
        everything: Everything<'_>,
    ) -> Result<OpenCounts, StoreError> {
        self.counted(everything.read_by(reader)).await
    }

    /// How much there is that is not finished, for monitoring.
    pub async fn all_open_counts(&self) -> Result<OpenCounts, StoreError> {
        self.counted(Condition::all()).await
    }

    async fn counted(&self, which: Condition) -> Result<OpenCounts, StoreError> {
        let states: Vec<(String, i64)> = request::Entity::find()
            .select_only()
            .column(request::Column::State)
            .column_as(request::Column::Id.count(), "count")
            .filter(which)
            .filter(request::Column::State.is_in(["pending", "approved", "granted", "revoking"]))
            .group_by(request::Column::State)
            .into_tuple()
            .all(self.reader())
            .await?;
        let of = |wanted: &str| {
            let found = states.iter().find(|(state, _)| state == wanted);
            found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0))
        };
        Ok(OpenCounts {
            pending: of("pending"),
            approved: of("approved"),
            granted: of("granted"),
            revoking: of("revoking"),
        })
    }

    /// The oldest `limit` requests of `everything` that a red button would end now.
    pub async fn first_to_end(
        &self,
        reader: &Reader,
        everything: Everything<'_>,
        limit: u64,
    ) -> Result<Vec<Request>, StoreError> {
        let found = request::Entity::find()
            .filter(everything.read_by(reader))
            .filter(request::Column::State.is_in(ENDING))
            .order_by_asc(request::Column::Number)
            .limit(limit);
        many(self.reader(), found).await
    }
}
