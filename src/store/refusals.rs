//! Repeated refusals: the first is in the trail, and equal ones are counted until their window ends.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::RequestNumber;
use crate::access::people::Standing;
use crate::access::time::Timestamp;
use crate::audit::event::Actor;

use super::Tx;
use super::entities::refusal;
use super::error::StoreError;

/// What was refused to somebody, and how often since the trail recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Equal refusals have the same key.
    pub id: String,
    /// The account it was refused to.
    pub by_key: String,
    pub actor: Actor,
    pub tried: Tried,
    pub why: Forbidden,
    pub standing: Option<Standing>,
    /// What the counted ones were about; only the first few.
    pub requests: Vec<RequestNumber>,
    /// Not including the one in the trail.
    pub times: u64,
    pub since: Timestamp,
}

impl Tx {
    pub async fn refusal(&mut self, id: &str) -> Result<Option<Refusal>, StoreError> {
        let row = refusal::Entity::find_by_id(id).one(self.db()).await?;
        row.map(Refusal::try_from).transpose()
    }

    /// How many different refusals of this one are being counted.
    pub async fn refusals_of(&mut self, by_key: &str) -> Result<u64, StoreError> {
        let found = refusal::Entity::find().filter(refusal::Column::ByKey.eq(by_key));
        Ok(found.count(self.db()).await?)
    }

    /// False if an equal one was inserted in the meantime.
    pub async fn insert_refusal(&mut self, new: &Refusal) -> Result<bool, StoreError> {
        let json = "an event's content can be written as JSON";
        let row = refusal::ActiveModel {
            id: Set(new.id.clone()),
            by_key: Set(new.by_key.clone()),
            actor: Set(serde_json::to_string(&new.actor).expect(json)),
            tried: Set(serde_json::to_string(&new.tried).expect(json)),
            why: Set(serde_json::to_string(&new.why).expect(json)),
            standing: Set(new
                .standing
                .map(|standing| serde_json::to_string(&standing).expect(json))),
            requests: Set(serde_json::to_string(&new.requests).expect(json)),
            times: Set(i64::try_from(new.times).unwrap_or(i64::MAX)),
            since: Set(new.since.micros()),
        };
        let done = refusal::Entity::insert(row)
            .on_conflict(OnConflict::column(refusal::Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// Counts one more; `requests` are all that should be listed. False if its window has ended.
    pub async fn count_refusal(&mut self, id: &str, requests: &[RequestNumber]) -> Result<bool, StoreError> {
        let requests = serde_json::to_string(requests).expect("numbers can be written as JSON");
        let done = refusal::Entity::update_many()
            .col_expr(refusal::Column::Times, Expr::col(refusal::Column::Times).add(1))
            .col_expr(refusal::Column::Requests, Expr::val(requests))
            .filter(refusal::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected == 1)
    }

    /// Removes it: the next equal one is new again.
    pub async fn take_refusal(&mut self, id: &str) -> Result<Option<Refusal>, StoreError> {
        let row = refusal::Entity::delete_by_id(id)
            .exec_with_returning(self.db())
            .await?;
        row.map(Refusal::try_from).transpose()
    }
}

impl TryFrom<refusal::Model> for Refusal {
    type Error = StoreError;

    fn try_from(row: refusal::Model) -> Result<Self, StoreError> {
        let inconsistent = |error| StoreError::inconsistent("refusal", &row.id, error);
        Ok(Self {
            actor: serde_json::from_str(&row.actor).map_err(inconsistent)?,
            tried: serde_json::from_str(&row.tried).map_err(inconsistent)?,
            why: serde_json::from_str(&row.why).map_err(inconsistent)?,
            standing: row
                .standing
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(inconsistent)?,
            requests: serde_json::from_str(&row.requests).map_err(inconsistent)?,
            times: u64::try_from(row.times).unwrap_or_default(),
            since: Timestamp::from_micros(row.since),
            id: row.id,
            by_key: row.by_key,
        })
    }
}
