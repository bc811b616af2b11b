//! What is known about the posts in a channel, for finding out whether a post exists, and whether somebody is working on a job
//! right now.

use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, Value};

use crate::access::time::Timestamp;

use super::entities::job;
use super::error::StoreError;
use super::jobs::JobKind;
use super::{Store, database_clock};

/// Longer than a post can take to arrive.
const OVERLAP: Duration = Duration::from_mins(1);

impl Store {
    /// Our newest post in `channel` that was first tried well before `before`: anything tried at that time comes after it.
    /// Several are tried at once, so posts tried in the same minute may be in any order.
    ///
    /// Slack's own times decide, so a difference between its clock and ours cannot hide a post.
    pub async fn last_post_before(
        &self,
        channel: &str,
        before: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT MAX(ts) FROM (
                     SELECT ts FROM message WHERE channel = $1 AND ts IS NOT NULL AND first_attempt_at < $2
                     UNION ALL
                     SELECT ts FROM audit_post WHERE channel = $1 AND ts IS NOT NULL AND first_attempt_at < $2) posts";
        let row = self
            .one_value(sql, vec![channel.into(), before.minus(OVERLAP).micros().into()])
            .await?;
        Ok(row.map_or(Ok(None), |row| row.try_get_by_index(0))?)
    }

    /// The oldest post in `channel` about a request that is not finished.
    pub async fn oldest_open_post(&self, channel: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT MIN(post.ts) FROM request
                   JOIN audit_event event ON event.request_id = request.id
                   JOIN audit_post post ON post.seq = event.seq
                   WHERE post.channel = $1 AND request.state IN ('pending', 'approved', 'granted', 'revoking')";
        let row = self.one_value(sql, vec![channel.into()]).await?;
        Ok(row.map_or(Ok(None), |row| row.try_get_by_index(0))?)
    }

    /// Whether somebody is working on a job of one of these kinds now.
    pub async fn is_any_leased<const N: usize>(
        &self,
        kinds: [JobKind; N],
        key: &str,
    ) -> Result<bool, StoreError> {
        let leased = job::Entity::find()
            .filter(job::Column::Key.eq(key))
            .filter(job::Column::Kind.is_in(kinds.map(JobKind::name)))
            .filter(database_clock::not_over(self.reader()))
            .one(self.reader())
            .await?;
        Ok(leased.is_some())
    }

    async fn one_value(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<sea_orm::QueryResult>, StoreError> {
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        Ok(db.query_one_raw(statement).await?)
    }
}
