//! What a row of a list shows, read for the numbers of one page.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};

use crate::access::filter::DecidedBy;
use crate::access::ids::PersonId;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::access::usage::Used;

use super::super::super::entities::{access_grant, decision, grant_use, request};
use super::super::super::error::StoreError;
use super::super::super::requests::with_units;

/// A request as lists have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub request: Request,
    pub became: Stamps,
    /// When the access ends or should have ended, from the first attempt to grant it on.
    pub until: Option<Timestamp>,
    /// What is known about its use.
    pub used: Option<Used>,
    /// The last look at which there was a session.
    pub last_used: Option<Timestamp>,
    /// Who decided it, as far as that counts, the first one first.
    pub approvers: Vec<PersonId>,
}

/// When and how a request was decided, and when its access began and ended; `None` for what has not happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<DecidedBy>,
    pub granted_at: Option<Timestamp>,
    /// When it was read back that the access is gone.
    pub ended_at: Option<Timestamp>,
}

impl Stamps {
    /// Since when the request is in its state. Extensions and messages change a request and not its state.
    pub fn since(&self, request: &Request) -> Timestamp {
        let changed = request.changed_at;
        match request.state {
            State::Pending => request.created_at,
            State::Approved => self.decided_at.unwrap_or(changed),
            State::Granted => self.granted_at.unwrap_or(changed),
            State::Expired | State::Revoked(_) => self.ended_at.unwrap_or(changed),
            State::Revoking(_) | State::Rejected(_) | State::Cancelled | State::Failed(_) => changed,
        }
    }
}

/// The requests with these numbers, newest first.
pub(super) async fn of(db: &impl ConnectionTrait, numbers: &[i64]) -> Result<Vec<Found>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    which(db, request::Column::Number.is_in(numbers.iter().copied())).await
}

/// The requests that fulfil this, newest first.
pub(super) async fn which(db: &impl ConnectionTrait, condition: Expr) -> Result<Vec<Found>, StoreError> {
    let rows = request::Entity::find()
        .filter(condition)
        .order_by_desc(request::Column::Number)
        .all(db)
        .await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let usage = grant_use::Entity::belongs_to(access_grant::Entity)
        .from(grant_use::Column::RequestId)
        .to(access_grant::Column::RequestId);
    let ends: Vec<(String, i64, Option<i64>)> = access_grant::Entity::find()
        .join_rev(JoinType::LeftJoin, usage.into())
        .select_only()
        .columns([access_grant::Column::RequestId, access_grant::Column::Until])
        .column(grant_use::Column::LastSeen)
        .filter(access_grant::Column::RequestId.is_in(&ids))
        .into_tuple()
        .all(db)
        .await?;
    let ends: HashMap<String, (i64, Option<i64>)> = ends
        .into_iter()
        .map(|(id, until, seen)| (id, (until, seen)))
        .collect();
    let decisions: Vec<(String, String)> = decision::Entity::find()
        .select_only()
        .columns([decision::Column::RequestId, decision::Column::PersonId])
        .filter(decision::Column::RequestId.is_in(&ids))
        .filter(decision::Column::Counts.eq(true))
        .order_by_asc(decision::Column::DecidedAt)
        .order_by_asc(decision::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut approvers: HashMap<String, Vec<PersonId>> = HashMap::new();
    for (request, person) in decisions {
        approvers.entry(request).or_default().push(PersonId::new(person));
    }
    let requests = with_units(db, rows.clone()).await?;
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let found = rows.into_iter().zip(requests).map(|(row, request)| {
        let decided_by = row.decided_by.as_deref().map(|name| {
            DecidedBy::named(name)
                .ok_or_else(|| StoreError::inconsistent("request", &row.id, "unknown way to decide"))
        });
        let used = row.used.as_deref().map(|name| {
            Used::named(name).ok_or_else(|| StoreError::inconsistent("request", &row.id, "unknown use"))
        });
        let end = ends.get(&row.id);
        Ok(Found {
            request,
            used: used.transpose()?,
            last_used: time(end.and_then(|(_, seen)| *seen)),
            became: Stamps {
                decided_at: time(row.decided_at),
                decided_by: decided_by.transpose()?,
                granted_at: time(row.granted_at),
                ended_at: time(row.ended_at),
            },
            until: time(end.map(|(until, _)| *until)),
            approvers: approvers.remove(&row.id).unwrap_or_default(),
        })
    });
    found.collect()
}
