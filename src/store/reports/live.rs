//! What is live: the requests and integrations with access now, and what of it stands on the targets.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::reader::Reader;
use crate::access::request::Request;

use super::super::Store;
use super::super::entities::{access_grant, request};
use super::super::error::StoreError;
use super::super::requests::{concerns, many};
use super::super::strays::ReadStrays;
use super::page::{Page, Paged};

impl Store {
    /// Requests whose access is live, or is just being taken away, newest first.
    pub async fn with_live_access(
        &self,
        reader: &Reader,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Request>, StoreError> {
        let mut found = request::Entity::find().filter(request::Column::State.is_in(["granted", "revoking"]));
        if let Some(person) = reader.limited_to() {
            found = found.filter(concerns(person));
        }
        let found = page.of(found, request::Column::Number, limit);
        Ok(page.cut(many(self.reader(), found).await?, limit))
    }

    /// The grants of several requests; those that have none are left out.
    pub async fn grants_of(&self, requests: &[RequestId]) -> Result<Vec<Grant>, StoreError> {
        let rows = access_grant::Entity::find()
            .filter(access_grant::Column::RequestId.is_in(requests.iter().map(RequestId::as_str)))
            .all(self.reader())
            .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    /// The integrations with grants or strays that have not ended, by name, and how many each has.
    pub async fn live_integrations(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let granted: Vec<(String, i64)> = access_grant::Entity::find()
            .select_only()
            .column(access_grant::Column::Integration)
            .column_as(access_grant::Column::RequestId.count(), "count")
            .filter(access_grant::Column::EndedAt.is_null())
            .group_by(access_grant::Column::Integration)
            .order_by_asc(access_grant::Column::Integration)
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut live: BTreeMap<String, i64> = granted.into_iter().collect();
        for stray in self.standing_strays().await? {
            *live.entry(stray.granted.integration).or_default() += 1;
        }
        Ok(live.into_iter().collect())
    }

    /// The integrations with grants or strays that have not ended: name, kind, and how many each has.
    pub async fn live_kinds(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        let db = self.reader();
        let kind = match db.get_database_backend() {
            DbBackend::Postgres => "granted::json->>'kind'",
            _ => "json_extract(granted, '$.kind')",
        };
        let sql = format!(
            "SELECT integration, {kind}, COUNT(*) FROM access_grant WHERE ended_at IS NULL GROUP BY 1, 2"
        );
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        let mut live = BTreeMap::new();
        for row in rows {
            let key: (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            live.insert(key, row.try_get_by_index(2)?);
        }
        for stray in self.standing_strays().await? {
            *live
                .entry((stray.granted.integration, stray.granted.kind))
                .or_default() += 1;
        }
        Ok(live
            .into_iter()
            .map(|((name, kind), count)| (name, kind, count))
            .collect())
    }
}
