//! Live access that somebody changed on its target, as last reported; and what is compared with targets.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::access::time::Timestamp;

use super::entities::{access_grant, drift, job, request};
use super::error::StoreError;
use super::jobs::JobKind;
use super::{Store, Tx};

/// A grant that has not ended, and whether it is being changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingGrant {
    pub grant: Grant,
    pub state: State,
    pub version: i64,
    /// Whether there is a job that changes it on the target.
    pub changing: bool,
}

impl Tx {
    /// Records how the access was found, unless it was found the same way before. Returns whether that is new.
    pub async fn note_drift(
        &mut self,
        request: &RequestId,
        said: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let before = drift::Entity::find_by_id(request.as_str()).one(self.db()).await?;
        if before.is_some_and(|before| before.said == said) {
            return Ok(false);
        }
        let row = drift::ActiveModel {
            request_id: Set(request.to_string()),
            said: Set(said.to_owned()),
            found_at: Set(now.micros()),
        };
        let known = OnConflict::column(drift::Column::RequestId)
            .update_columns([drift::Column::Said, drift::Column::FoundAt])
            .to_owned();
        drift::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(true)
    }

    /// The access was found as it should be, so the next difference is new again.
    pub async fn forget_drift(&mut self, request: &RequestId) -> Result<(), StoreError> {
        drift::Entity::delete_by_id(request.as_str())
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Whether there is a job that changes the request's access on its target.
    pub async fn is_changing(&mut self, request: &RequestId) -> Result<bool, StoreError> {
        let changing = changing(self.db(), &[request.as_str()]).await?;
        Ok(!changing.is_empty())
    }
}

impl Store {
    /// Grants on an integration that have not ended, ordered by their requests' ids, starting after `after`.
    pub async fn standing_on(
        &self,
        integration: &str,
        after: Option<&RequestId>,
        limit: u64,
    ) -> Result<Vec<StandingGrant>, StoreError> {
        let db = self.reader();
        let after = after.map_or("", RequestId::as_str);
        let rows = access_grant::Entity::find()
            .filter(access_grant::Column::Integration.eq(integration))
            .filter(access_grant::Column::EndedAt.is_null())
            .filter(access_grant::Column::RequestId.gt(after))
            .order_by_asc(access_grant::Column::RequestId)
            .limit(limit)
            .all(db)
            .await?;
        let ids: Vec<&str> = rows.iter().map(|row| row.request_id.as_str()).collect();
        let changing = changing(db, &ids).await?;
        let requests = request::Entity::find()
            .filter(request::Column::Id.is_in(ids))
            .all(db)
            .await?;
        let mut requests: HashMap<String, request::Model> =
            requests.into_iter().map(|row| (row.id.clone(), row)).collect();
        let standing = rows.into_iter().map(|row| {
            let request = requests
                .remove(&row.request_id)
                .ok_or_else(|| StoreError::not_found("request", &row.request_id))?;
            let state = State::from_stored(&request.state, request.reason_kind.as_deref())
                .ok_or_else(|| StoreError::inconsistent("request", &request.id, "unknown state"))?;
            Ok(StandingGrant {
                changing: changing.contains(&row.request_id),
                grant: row.try_into()?,
                state,
                version: request.version,
            })
        });
        standing.collect()
    }

    /// Requests whose access was found changed at the last check.
    pub async fn drifted(&self) -> Result<HashSet<RequestId>, StoreError> {
        let rows = drift::Entity::find().all(self.reader()).await?;
        Ok(rows
            .into_iter()
            .map(|row| RequestId::new(row.request_id))
            .collect())
    }
}

async fn changing(db: &impl ConnectionTrait, requests: &[&str]) -> Result<HashSet<String>, StoreError> {
    let changing = JobKind::ALL.into_iter().filter(|kind| kind.changes_live_access());
    let keys: Vec<String> = job::Entity::find()
        .select_only()
        .column(job::Column::Key)
        .filter(job::Column::Kind.is_in(changing.map(JobKind::name)))
        .filter(job::Column::Key.is_in(requests.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(keys.into_iter().collect())
}
