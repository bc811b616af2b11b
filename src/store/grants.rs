//! What a request has, or had, on its target. Together with the target's admin credential, a row is enough to take everything
//! away.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, Iterable, JoinType, PaginatorTrait, QueryFilter, QuerySelect,
};

use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId};
use crate::access::time::Timestamp;

use super::entities::{access_grant, job, request};
use super::error::StoreError;
use super::jobs::JobKind;
use super::read::Read;
use super::requests::LIVE;
use super::{Store, Tx};

impl Tx {
    /// Inserts or replaces the whole row.
    pub async fn put_grant(&mut self, grant: &Grant) -> Result<(), StoreError> {
        let row = access_grant::ActiveModel {
            request_id: Set(grant.request.to_string()),
            granted: Set(serde_json::to_string(&grant.granted)
                .expect("a struct of strings and JSON can be written as JSON")),
            principal: Set(grant.granted.principal.clone()),
            integration: Set(grant.granted.integration.clone()),
            kind: Set(grant.granted.kind.clone()),
            until: Set(grant.until.micros()),
            tries: Set(grant.tries.into()),
            first_tried_at: Set(grant.first_tried_at.micros()),
            confirmed_at: Set(grant.confirmed_at.map(Timestamp::micros)),
            target_deadline: Set(grant.target_deadline.map(Timestamp::micros)),
            ended_at: Set(grant.ended_at.map(Timestamp::micros)),
            sessions_ended: Set(grant.sessions_ended.map(Into::into)),
            proof: Set(grant.proof.clone()),
            cleaned_at: Set(grant.cleaned_at.map(Timestamp::micros)),
        };
        let known = OnConflict::column(access_grant::Column::RequestId)
            .update_columns(access_grant::Column::iter())
            .to_owned();
        access_grant::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// How many confirmed grants a person has that have not ended.
    pub async fn live_grant_count(&mut self, person: &PersonId) -> Result<u64, StoreError> {
        let count = access_grant::Entity::find()
            .join_rev(
                JoinType::InnerJoin,
                request::Entity::belongs_to(access_grant::Entity)
                    .from(request::Column::Id)
                    .to(access_grant::Column::RequestId)
                    .into(),
            )
            .filter(request::Column::GranteeId.eq(person.as_str()))
            // Reads only these few of the person's requests, not all there ever were.
            .filter(request::Column::State.is_in(LIVE))
            .filter(access_grant::Column::ConfirmedAt.is_not_null())
            .filter(access_grant::Column::EndedAt.is_null())
            .count(self.db())
            .await?;
        Ok(count)
    }
}

/// Queries about grants.
pub trait ReadGrants: Read {
    async fn grant(&self, request: &RequestId) -> Result<Option<Grant>, StoreError> {
        let row = access_grant::Entity::find_by_id(request.as_str())
            .one(self.connection())
            .await?;
        row.map(Grant::try_from).transpose()
    }
}

impl<T: Read> ReadGrants for T {}

impl Store {
    /// Grants that have not ended and that no job would ever end. If there are any, something is badly wrong.
    pub async fn grants_without_timer(&self) -> Result<Vec<RequestId>, StoreError> {
        // Uses the index of each kind of job: a list of all timers' keys would have to fit into memory.
        let timed = Query::select()
            .expr(Expr::val(1))
            .from(job::Entity)
            .and_where(job::Column::Kind.is_in([JobKind::Expire.name(), JobKind::Revoke.name()]))
            .and_where(
                Expr::col((job::Entity, job::Column::Key))
                    .equals((access_grant::Entity, access_grant::Column::RequestId)),
            )
            .to_owned();
        let rows = access_grant::Entity::find()
            .filter(access_grant::Column::EndedAt.is_null())
            .filter(Expr::exists(timed).not())
            .all(self.reader())
            .await?;
        let mut found: Vec<RequestId> = rows
            .into_iter()
            .map(|row| RequestId::new(row.request_id))
            .collect();
        // Sorted here, because SQLite would also read ended grants to get this order.
        found.sort();
        Ok(found)
    }
}

impl TryFrom<access_grant::Model> for Grant {
    type Error = StoreError;

    fn try_from(row: access_grant::Model) -> Result<Self, StoreError> {
        let inconsistent =
            |what: &dyn std::fmt::Display| StoreError::inconsistent("access_grant", &row.request_id, what);
        let count = |number: i64| u32::try_from(number).map_err(|error| inconsistent(&error));
        Ok(Self {
            granted: serde_json::from_str(&row.granted).map_err(|error| inconsistent(&error))?,
            until: Timestamp::from_micros(row.until),
            tries: count(row.tries)?,
            first_tried_at: Timestamp::from_micros(row.first_tried_at),
            confirmed_at: row.confirmed_at.map(Timestamp::from_micros),
            target_deadline: row.target_deadline.map(Timestamp::from_micros),
            ended_at: row.ended_at.map(Timestamp::from_micros),
            sessions_ended: row.sessions_ended.map(count).transpose()?,
            proof: row.proof,
            cleaned_at: row.cleaned_at.map(Timestamp::from_micros),
            request: RequestId::new(row.request_id),
        })
    }
}
