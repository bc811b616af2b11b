//! Envelopes from Slack, committed before they are acknowledged, so no click is lost and none counts twice.
//!
//! The process that received a row handles it under its lease; once the lease has expired, any process can adopt it.

use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};

use crate::access::time::Timestamp;

use super::entities::inbox;
use super::error::StoreError;
use super::{Store, Tx, database_clock};

/// The right to handle one row, until the lease expires and somebody else takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxLease {
    pub key: String,
    pub fence: i64,
}

/// What happened to an envelope that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    New(InboxLease),
    /// It came before; the holder of the lease answers it, or has done so.
    Known {
        handled: bool,
    },
}

/// A row whose previous holder is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    pub lease: InboxLease,
    pub class: String,
    pub body: String,
    pub received_at: Timestamp,
    /// How often it was taken up, including this time.
    pub attempt: u32,
}

pub(super) const NEW: &str = "new";
pub(super) const HANDLED: &str = "handled";
const NOT_UNDERSTOOD: &str = "not_understood";

impl Tx {
    /// Settles the row with this change; its payload is deleted at once.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn handled(&mut self, lease: &InboxLease, outcome: &str) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE inbox SET state = '{HANDLED}', body = NULL, outcome = $3, handled_at = {now},
               lease_until = NULL, owner = NULL
             WHERE key = $1 AND fence = $2 AND state = '{NEW}'",
            now = database_clock::now(self.backend()),
        );
        self.settle(&sql, lease, outcome).await
    }

    /// Records an envelope whose whole effect is in this change; false if it came before.
    pub async fn insert_handled(
        &mut self,
        key: &str,
        class: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = inbox::ActiveModel {
            key: Set(key.to_owned()),
            class: Set(class.to_owned()),
            received_at: Set(now.micros()),
            state: Set(HANDLED.to_owned()),
            fence: Set(0),
            attempt: Set(1),
            handled_at: Set(Some(now.micros())),
            ..Default::default()
        };
        let first = inbox::Entity::insert(row)
            .on_conflict(OnConflict::column(inbox::Column::Key).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(first == 1)
    }

    async fn settle(&mut self, sql: &str, lease: &InboxLease, outcome: &str) -> Result<(), StoreError> {
        let values = [lease.key.as_str().into(), lease.fence.into(), outcome.into()];
        let settled = self.execute(sql, values).await?;
        if settled.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }
}

impl Store {
    /// Takes up to `limit` rows that were not handled in time, the oldest first.
    pub async fn adopt_inbox(
        &self,
        owner: &str,
        lease: Duration,
        limit: u64,
    ) -> Result<Vec<InboxRow>, StoreError> {
        let backend = self.reader().get_database_backend();
        let now = database_clock::now(backend);
        let left_over = inbox::Entity::find()
            .filter(inbox::Column::State.eq(NEW))
            .filter(Expr::cust(format!(
                "(lease_until IS NULL OR lease_until <= {now})"
            )))
            .one(self.reader())
            .await?;
        // Normally there is nothing to take.
        if left_over.is_none() {
            return Ok(Vec::new());
        }
        let tx = self.write().await?;
        let skip = if backend == DbBackend::Postgres {
            "FOR UPDATE SKIP LOCKED"
        } else {
            ""
        };
        let sql = format!(
            "WITH left_over AS (
               SELECT key FROM inbox
               WHERE state = '{NEW}' AND (lease_until IS NULL OR lease_until <= {now})
               ORDER BY received_at, key LIMIT $1 {skip})
             UPDATE inbox SET lease_until = {end}, owner = $2, fence = fence + 1, attempt = attempt + 1
             WHERE key IN (SELECT key FROM left_over) RETURNING *",
            end = database_clock::lease_end(backend, lease),
        );
        let values: [Value; 2] = [i64::try_from(limit).unwrap_or(i64::MAX).into(), owner.into()];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let mut rows = inbox::Model::find_by_statement(statement).all(tx.db()).await?;
        tx.commit().await?;
        rows.sort_by(|a, b| (a.received_at, &a.key).cmp(&(b.received_at, &b.key)));
        rows.into_iter().map(InboxRow::try_from).collect()
    }

    /// The row could not be understood: it stays as it is, for people to look at.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn not_understood(&self, lease: &InboxLease, why: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = format!(
            "UPDATE inbox SET state = '{NOT_UNDERSTOOD}', outcome = $3, lease_until = NULL, owner = NULL
             WHERE key = $1 AND fence = $2 AND state = '{NEW}'"
        );
        tx.settle(&sql, lease, why).await?;
        tx.commit().await
    }

    /// Deletes handled rows received before `before`; Slack does not send the same envelope again that late. Returns how many.
    pub async fn prune_inbox(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = Condition::all()
            .add(inbox::Column::State.eq(HANDLED))
            .add(inbox::Column::ReceivedAt.lt(before.micros()));
        let found = inbox::Entity::find()
            .filter(old.clone())
            .one(self.reader())
            .await?;
        if found.is_none() {
            return Ok(0);
        }
        let tx = self.write().await?;
        let gone = inbox::Entity::delete_many().filter(old).exec(tx.db()).await?;
        tx.commit().await?;
        Ok(gone.rows_affected)
    }

    /// Since when the oldest row that is not handled yet has waited.
    pub async fn inbox_waits_since(&self) -> Result<Option<Timestamp>, StoreError> {
        let oldest: Option<i64> = inbox::Entity::find()
            .select_only()
            .column(inbox::Column::ReceivedAt)
            .filter(inbox::Column::State.eq(NEW))
            .order_by_asc(inbox::Column::ReceivedAt)
            .into_tuple()
            .one(self.reader())
            .await?;
        Ok(oldest.map(Timestamp::from_micros))
    }

    /// How many rows are waiting to be handled, held by somebody or not.
    pub async fn inbox_open(&self) -> Result<i64, StoreError> {
        let count = inbox::Entity::find()
            .filter(inbox::Column::State.eq(NEW))
            .count(self.reader())
            .await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl TryFrom<inbox::Model> for InboxRow {
    type Error = StoreError;

    fn try_from(row: inbox::Model) -> Result<Self, StoreError> {
        let body = row
            .body
            .ok_or_else(|| StoreError::inconsistent("inbox", &row.key, "new, but without a body"))?;
        let attempt =
            u32::try_from(row.attempt).map_err(|error| StoreError::inconsistent("inbox", &row.key, error))?;
        Ok(Self {
            lease: InboxLease {
                key: row.key,
                fence: row.fence,
            },
            class: row.class,
            body,
            received_at: Timestamp::from_micros(row.received_at),
            attempt,
        })
    }
}
