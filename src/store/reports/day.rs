//! The counts in the daily summary.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};

use crate::access::ids::RequestNumber;
use crate::access::time::Timestamp;
use crate::audit::day::{Now, Since};
use crate::audit::event::Event;
use crate::audit::name::UNPOSTED;

use super::super::Store;
use super::super::audit::{read_seq, stored_seq};
use super::super::entities::audit_event;
use super::super::error::StoreError;

impl Store {
    /// How many events of each kind come after `seq`, up to `last`.
    pub async fn count_events(&self, seq: u64, last: u64) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT kind, COUNT(*) FROM audit_event WHERE seq > $1 AND seq <= $2 GROUP BY kind";
        let db = self.reader();
        let values = [stored_seq(seq).into(), stored_seq(last).into()];
        let rows = db
            .query_all_raw(Statement::from_sql_and_values(
                db.get_database_backend(),
                sql,
                values,
            ))
            .await?;
        rows.into_iter()
            .map(|row| {
                let kind: String = row.try_get_by_index(0)?;
                let count: i64 = row.try_get_by_index(1)?;
                Ok((kind, u64::try_from(count).unwrap_or(0)))
            })
            .collect()
    }

    /// Up to `limit` reads of others' data after `seq`, up to `last`, and the last event that was looked at; `None` if there are no
    /// more. What cannot be read any more is left out: the verifier names it.
    pub async fn reads_after(
        &self,
        seq: u64,
        last: u64,
        limit: u64,
    ) -> Result<Option<(Vec<Event>, u64)>, StoreError> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(stored_seq(seq)))
            .filter(audit_event::Column::Seq.lte(stored_seq(last)))
            .filter(audit_event::Column::Kind.eq(UNPOSTED))
            .order_by_asc(audit_event::Column::Seq)
            .limit(limit)
            .all(self.reader())
            .await?;
        let Some(until) = rows.last().map(|row| row.seq) else {
            return Ok(None);
        };
        let events = rows
            .iter()
            .filter_map(|row| Event::from_canonical(&row.payload).ok());
        Ok(Some((events.collect(), read_seq("audit_event", until)?)))
    }

    /// What is live and what is pending at `now`.
    pub async fn standing(&self, now: Timestamp) -> Result<Now, StoreError> {
        let live = "SELECT COUNT(*) FROM access_grant WHERE confirmed_at IS NOT NULL AND ended_at IS NULL";
        Ok(Now {
            live: self.count(live, []).await?,
            overdue: u64::try_from(self.overdue(now).await?.len()).unwrap_or(u64::MAX),
            longest_live: self
                .since(
                    "SELECT r.number, g.confirmed_at FROM access_grant g JOIN request r ON r.id = g.request_id
                     WHERE g.confirmed_at IS NOT NULL AND g.ended_at IS NULL ORDER BY g.confirmed_at LIMIT 1",
                )
                .await?,
            oldest_pending: self
                .since(
                    "SELECT number, created_at FROM request WHERE state = 'pending' ORDER BY created_at LIMIT 1",
                )
                .await?,
        })
    }

    async fn count<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64, StoreError> {
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let row = db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| StoreError::not_found("count", sql))?;
        let count: i64 = row.try_get_by_index(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn since(&self, sql: &str) -> Result<Option<Since>, StoreError> {
        let db = self.reader();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let Some(row) = db.query_one_raw(statement).await? else {
            return Ok(None);
        };
        Ok(Some(Since {
            request: RequestNumber(row.try_get_by_index(0)?),
            since: Timestamp::from_micros(row.try_get_by_index(1)?),
        }))
    }
}
