//! Work that has to happen: at a time, once, by one worker, however many processes there are and whichever of them dies.
//!
//! A job is leased with a fence that grows at each claim; who holds an old fence can change nothing here any more.
//! Leases run by the database's clock, `run_at` by the business clock.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement, Value,
};
use uuid::Uuid;

use crate::access::time::Timestamp;

use super::entities::job;
use super::error::StoreError;
use super::jobs::{Job, JobKind, JobSpec, Lane};
use super::{Store, Tx, database_clock};

impl Tx {
    /// Makes the job, or moves the open one to this time. If somebody is working on it just now, it runs again after.
    pub async fn schedule(&mut self, spec: &JobSpec) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO job (id, lane, kind, key, run_at, priority, fence, attempt, again, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0, FALSE, {now})
             ON CONFLICT (kind, key) DO UPDATE SET run_at = excluded.run_at, priority = excluded.priority,
               again = job.lease_until IS NOT NULL",
            now = database_clock::now(self.backend()),
        );
        let values = [
            Uuid::now_v7().simple().to_string().into(),
            spec.kind.lane().name().into(),
            spec.kind.stored().into(),
            spec.key.clone().into(),
            spec.run_at.micros().into(),
            spec.priority.into(),
        ];
        self.execute(sql, values).await?;
        self.wake(spec.kind.lane());
        Ok(())
    }

    /// Takes an open job away. Whoever works on it just now finds its lease stale.
    pub async fn unschedule(&mut self, kind: JobKind, key: &str) -> Result<(), StoreError> {
        job::Entity::delete_many()
            .filter(job::Column::Kind.eq(kind.stored()))
            .filter(job::Column::Key.eq(key))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// The change counts only for whoever has the job, which goes on being worked on.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn hold(&mut self, held: &Job) -> Result<(), StoreError> {
        let lease = [held.id.as_str().into(), held.fence.into()];
        self.change_leased("UPDATE job SET fence = fence WHERE id = $1 AND fence = $2", lease)
            .await
    }

    /// The job is done: it goes, or, if it was scheduled again meanwhile, is free to run at the time it was given then.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn finish(&mut self, done: &Job) -> Result<(), StoreError> {
        let lease = [done.id.as_str().into(), done.fence.into()];
        let deleted = self
            .execute(
                "DELETE FROM job WHERE id = $1 AND fence = $2 AND NOT again",
                lease.clone(),
            )
            .await?;
        if deleted.rows_affected() == 1 {
            return Ok(());
        }
        let freed =
            "UPDATE job SET lease_until = NULL, owner = NULL, again = FALSE, attempt = 0, last_error = NULL
                     WHERE id = $1 AND fence = $2";
        self.change_leased(freed, lease).await
    }

    /// The job failed and is tried again at `run_at`, or earlier if it was scheduled for earlier meanwhile. `error` is
    /// kept for people, so it holds no secret.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn retry(&mut self, failed: &Job, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let sql = "UPDATE job SET lease_until = NULL, owner = NULL, again = FALSE, last_error = $3,
                     run_at = CASE WHEN again AND run_at < $4 THEN run_at ELSE $4 END
                   WHERE id = $1 AND fence = $2";
        let values = [
            failed.id.as_str().into(),
            failed.fence.into(),
            error.into(),
            run_at.micros().into(),
        ];
        self.change_leased(sql, values).await
    }

    async fn change_leased<const N: usize>(
        &mut self,
        sql: &str,
        values: [Value; N],
    ) -> Result<(), StoreError> {
        let changed = self.execute(sql, values).await?;
        if changed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    async fn claim(
        &mut self,
        lane: Lane,
        now: Timestamp,
        owner: &str,
        limit: u64,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<Job>, StoreError> {
        let backend = self.backend();
        // SQLite has one writer, so there is nothing to skip.
        let skip = if backend == DbBackend::Postgres {
            "FOR UPDATE SKIP LOCKED"
        } else {
            ""
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut values: Vec<Value> = vec![
            lane.name().into(),
            now.micros().into(),
            limit.into(),
            owner.into(),
        ];
        let others = not_on(except, backend, &mut values);
        let sql = format!(
            "WITH due AS (
               SELECT id FROM job
               WHERE lane = $1 AND run_at <= $2 AND (lease_until IS NULL OR lease_until <= {now}) {others}
               ORDER BY priority, run_at, id LIMIT $3 {skip})
             UPDATE job SET lease_until = {end}, owner = $4, fence = fence + 1, attempt = attempt + 1, again = FALSE
             WHERE id IN (SELECT id FROM due)
             RETURNING *, COALESCE(
               (SELECT integration FROM request WHERE request.id = job.key),
               (SELECT {of_stray} FROM stray WHERE stray.id = job.key)) AS integration",
            now = database_clock::now(backend),
            of_stray = of_stray(backend),
            end = database_clock::lease_end(backend, lease),
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.db().query_all_raw(statement).await?;
        let mut claimed: Vec<(job::Model, Option<String>)> = Vec::with_capacity(rows.len());
        for row in rows {
            claimed.push((
                job::Model::from_query_result(&row, "")?,
                row.try_get("", "integration")?,
            ));
        }
        claimed.sort_by(|(a, _), (b, _)| (a.priority, a.run_at, &a.id).cmp(&(b.priority, b.run_at, &b.id)));
        claimed.into_iter().map(Job::try_from).collect()
    }
}

/// SQL for "and it is not about a request or a stray on one of these integrations"; their names become values of the statement.
pub(super) fn not_on(integrations: &[String], backend: DbBackend, values: &mut Vec<Value>) -> String {
    if integrations.is_empty() {
        return String::new();
    }
    let first = values.len() + 1;
    values.extend(integrations.iter().map(|name| Value::from(name.as_str())));
    let places: Vec<String> = (first..=values.len()).map(|place| format!("${place}")).collect();
    let names = places.join(", ");
    format!(
        "AND NOT EXISTS (SELECT 1 FROM request WHERE request.id = job.key AND integration IN ({names}))
         AND NOT EXISTS (SELECT 1 FROM stray WHERE stray.id = job.key AND {of_stray} IN ({names}))",
        of_stray = of_stray(backend),
    )
}

/// SQL for the integration by which a stray was found.
const fn of_stray(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "granted::jsonb ->> 'integration'",
        _ => "granted ->> 'integration'",
    }
}

impl Store {
    /// Leases up to `limit` jobs that are due and that nobody holds, the most urgent first. Those of requests and strays on
    /// the integrations in `except` are left where they are.
    pub async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        owner: &str,
        limit: u64,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<Job>, StoreError> {
        // Workers look after every commit, and mostly in vain: that must not hold up whoever writes.
        if !self.is_any_due(lane, now, except).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let jobs = tx.claim(lane, now, owner, limit, lease, except).await?;
        tx.commit().await?;
        Ok(jobs)
    }

    /// Whether a job of the lane could be leased now.
    async fn is_any_due(&self, lane: Lane, now: Timestamp, except: &[String]) -> Result<bool, StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let mut values: Vec<Value> = vec![lane.name().into(), now.micros().into()];
        let others = not_on(except, backend, &mut values);
        let sql = format!(
            "SELECT 1 FROM job
             WHERE lane = $1 AND run_at <= $2 AND (lease_until IS NULL OR lease_until <= {now}) {others} LIMIT 1",
            now = database_clock::now(backend),
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        Ok(db.query_one_raw(statement).await?.is_some())
    }

    /// Whether the lease still holds: to be asked just before a call that cannot be taken back.
    pub async fn still_mine(&self, job: &Job) -> Result<bool, StoreError> {
        let not_over = database_clock::not_over(self.reader());
        let held = job::Entity::find_by_id(&job.id)
            .filter(job::Column::Fence.eq(job.fence))
            .filter(not_over)
            .one(self.reader())
            .await?;
        Ok(held.is_some())
    }

    /// The open job of this kind for this key, whoever works on it.
    pub async fn job(&self, kind: JobKind, key: &str) -> Result<Option<Job>, StoreError> {
        let job = job::Entity::find()
            .filter(job::Column::Kind.eq(kind.stored()))
            .filter(job::Column::Key.eq(key))
            .one(self.reader())
            .await?;
        job.map(|row| Job::try_from((row, None))).transpose()
    }

    /// Makes the lease end `lease` from now; false if somebody else has the job.
    pub async fn extend_lease(&self, job: &Job, lease: Duration) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let end = database_clock::lease_end(tx.backend(), lease);
        let sql = format!(
            "UPDATE job SET lease_until = {end} WHERE id = $1 AND fence = $2 AND lease_until IS NOT NULL"
        );
        let extended = tx
            .execute(sql, [job.id.as_str().into(), job.fence.into()])
            .await?;
        tx.commit().await?;
        Ok(extended.rows_affected() == 1)
    }
}
