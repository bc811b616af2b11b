//! Work that has to happen at a certain time, once, by one worker, however many processes there are and whichever of them
//! dies.
//!
//! A job is leased with a fence that grows at each claim; a holder of an old fence can no longer change anything here. Leases
//! use the database's clock, `run_at` the business clock.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement, Value,
};
use uuid::Uuid;

use crate::access::time::Timestamp;

use super::entities::job;
use super::error::StoreError;
use super::jobs::{Born, Found, Job, JobKind, JobSpec, Lane};
use super::seats::{Newborn, Seat};
use super::{Store, Tx, database_clock};

/// Longer than a call to a target or to Slack takes, including any waiting before it.
const CALL: Duration = Duration::from_secs(30);

/// What is due in a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    Nothing,
    /// A single job that is taken by the same commit that settles it: it need not be claimed.
    Timer(Job),
    /// Jobs that have to be claimed.
    Jobs,
}

impl Tx {
    /// Creates the job, or moves the open one to this time. If somebody is working on it now, it runs again afterwards.
    ///
    /// A job that is due now is leased at once if its lane has a free place in this process, and begins after the commit; so
    /// is an open job that is waiting.
    pub async fn schedule(&mut self, spec: &JobSpec) -> Result<Born, StoreError> {
        let seat = self.seats().reserve(spec);
        self.insert(spec, seat, "FALSE").await
    }

    /// The same, but an open job that is due earlier still runs then, and a more urgent one stays more urgent.
    pub async fn schedule_by(&mut self, spec: &JobSpec) -> Result<Born, StoreError> {
        let seat = self.seats().reserve(spec);
        self.insert(spec, seat, "(job.lease_until IS NULL OR job.again)")
            .await
    }

    /// Like [`Self::schedule`], for a job that follows `held` in the same lane: it takes over the place of `held`, whatever
    /// else is waiting, because the holder of `held` is done with it.
    pub async fn schedule_after(&mut self, held: &Job, spec: &JobSpec) -> Result<Born, StoreError> {
        let seat = self
            .seats()
            .inherit(spec)
            .filter(|_| held.kind.lane() == spec.kind.lane());
        self.insert(spec, seat, "FALSE").await
    }

    /// `keeps` is SQL for whether an open job may keep its present schedule.
    async fn insert(&mut self, spec: &JobSpec, seat: Option<Seat>, keeps: &str) -> Result<Born, StoreError> {
        if self.news_mut().begins(spec.kind, &spec.key) {
            return Ok(Born::Leased);
        }
        let lane = spec.kind.lane();
        let backend = self.backend();
        let lease_end = seat.as_ref().map_or_else(
            || "NULL".to_owned(),
            |seat| database_clock::lease_end(backend, seat.lease()),
        );
        let sql = format!(
            "INSERT INTO job (id, lane, kind, key, run_at, priority, fence, attempt, again, created_at, owner, lease_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, FALSE, {now}, $8, {lease_end})
             ON CONFLICT (kind, key) DO UPDATE SET
               run_at = CASE WHEN {keeps} AND job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END,
               priority = CASE WHEN {keeps} AND job.priority < excluded.priority THEN job.priority
                 ELSE excluded.priority END,
               again = job.lease_until IS NOT NULL,
               owner = CASE WHEN {taken} THEN excluded.owner ELSE job.owner END,
               fence = job.fence + CASE WHEN job.lease_until IS NULL THEN 1 ELSE 0 END,
               attempt = job.attempt + CASE WHEN {taken} THEN 1 ELSE 0 END,
               lease_until = CASE WHEN {taken} THEN excluded.lease_until ELSE job.lease_until END
             RETURNING id, again, fence, attempt, last_error",
            // A waiting job is taken as if it were claimed. Its fence grows even if it is only moved: anyone who read it
            // earlier is too late.
            taken = "job.lease_until IS NULL AND excluded.lease_until IS NOT NULL",
            now = database_clock::now(backend),
        );
        let values = [
            Uuid::now_v7().simple().to_string().into(),
            lane.name().into(),
            spec.kind.name().into(),
            spec.key.clone().into(),
            spec.run_at.micros().into(),
            spec.priority.into(),
            i64::from(seat.is_some()).into(),
            seat.as_ref().map(|seat| seat.owner().to_owned()).into(),
        ];
        let row = self.query_one(sql, values).await?;
        let row = row.ok_or_else(|| StoreError::not_found("job", &spec.key))?;
        let (id, again): (String, bool) = (row.try_get("", "id")?, row.try_get("", "again")?);
        match seat {
            Some(seat) if !again => {
                let attempt: i64 = row.try_get("", "attempt")?;
                let job = Job {
                    attempt: u32::try_from(attempt)
                        .map_err(|error| StoreError::inconsistent("job", &id, error))?,
                    id,
                    kind: spec.kind,
                    key: spec.key.clone(),
                    fence: row.try_get("", "fence")?,
                    run_at: spec.run_at,
                    last_error: row.try_get("", "last_error")?,
                    integration: spec.integration.clone(),
                    request: spec.request,
                    begun: Vec::new(),
                };
                self.news_mut().born(Newborn { job, seat });
                Ok(Born::Leased)
            }
            Some(_) | None => {
                // The worker holding it says when it runs again.
                if !again {
                    self.wake(lane, spec.run_at);
                }
                Ok(Born::Waiting)
            }
        }
    }

    /// Removes an open job. A worker holding it finds its lease stale.
    pub async fn unschedule(&mut self, kind: JobKind, key: &str) -> Result<(), StoreError> {
        self.news_mut().forget(kind, key);
        job::Entity::delete_many()
            .filter(job::Column::Kind.eq(kind.name()))
            .filter(job::Column::Key.eq(key))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// The change is only valid for the holder of the job, which keeps working on it: a call directly after the commit need
    /// not check again.
    ///
    /// If little of the lease is left, it is extended for that call: nobody else may begin while the call is running.
    ///
    /// [`StoreError::Stale`] if somebody else took it, or may do so because the lease has expired.
    pub async fn hold(&mut self, held: &Job) -> Result<(), StoreError> {
        let lease = [held.id.as_str().into(), held.fence.into()];
        let held = format!(
            "UPDATE job SET lease_until = CASE WHEN lease_until < {enough} THEN {enough} ELSE lease_until END
             WHERE id = $1 AND fence = $2 AND lease_until > {now} RETURNING run_at",
            now = database_clock::now(self.backend()),
            enough = database_clock::lease_end(self.backend(), CALL),
        );
        self.change_leased(&held, lease).await?;
        Ok(())
    }

    /// The job is done: it is removed, or, if it was scheduled again in the meantime, is free to run at that time.
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
                     WHERE id = $1 AND fence = $2 RETURNING run_at";
        let run_at = self.change_leased(freed, lease).await?;
        self.wake(done.kind.lane(), run_at);
        Ok(())
    }

    /// The job failed and is retried at `run_at`, or earlier if it was rescheduled in the meantime. `error` is kept for
    /// people, so it must hold no secret.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn retry(&mut self, failed: &Job, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let sql =
            "UPDATE job SET lease_until = NULL, owner = NULL, again = FALSE, last_error = $3, attempt = $5,
                     run_at = CASE WHEN again AND run_at < $4 THEN run_at ELSE $4 END
                   WHERE id = $1 AND fence = $2 RETURNING run_at";
        let values = [
            failed.id.as_str().into(),
            failed.fence.into(),
            error.into(),
            run_at.micros().into(),
            i64::from(failed.attempt).into(),
        ];
        let run_at = self.change_leased(sql, values).await?;
        self.wake(failed.kind.lane(), run_at);
        Ok(())
    }

    /// Changes the job's row, and returns when it runs.
    async fn change_leased<const N: usize>(
        &mut self,
        sql: &str,
        values: [Value; N],
    ) -> Result<Timestamp, StoreError> {
        let row = self.query_one(sql, values).await?.ok_or(StoreError::Stale)?;
        Ok(Timestamp::from_micros(row.try_get_by_index(0)?))
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
             RETURNING *, {about}",
            now = database_clock::now(backend),
            about = about(backend),
            end = database_clock::lease_end(backend, lease),
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.db().query_all_raw(statement).await?;
        let claimed: Result<Vec<_>, _> = rows.iter().map(|row| Found::from_query_result(row, "")).collect();
        let mut claimed = claimed?;
        claimed.sort_by(|Found { job: a, .. }, Found { job: b, .. }| {
            (a.priority, a.run_at, &a.id).cmp(&(b.priority, b.run_at, &b.id))
        });
        claimed.into_iter().map(Job::try_from).collect()
    }
}

/// SQL for "and it is not about a request or a stray on one of these integrations"; the names are bound as values of the
/// statement.
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

/// SQL for what a job is about: the integration of its request or stray, and the number of its request.
fn about(backend: DbBackend) -> String {
    format!(
        "COALESCE(
           (SELECT integration FROM request WHERE request.id = job.key),
           (SELECT {of_stray} FROM stray WHERE stray.id = job.key)) AS integration,
         (SELECT number FROM request WHERE request.id = job.key) AS request",
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
    /// Leases up to `limit` due jobs that nobody holds, the most urgent first. Jobs of requests and strays on the integrations
    /// in `except` are left alone.
    pub async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        owner: &str,
        limit: u64,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<Job>, StoreError> {
        let mut tx = self.write().await?;
        let jobs = tx.claim(lane, now, owner, limit, lease, except).await?;
        if jobs.is_empty() {
            return Ok(jobs);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// What is due in the lane and held by nobody, without the integrations in `except`.
    pub async fn ready(&self, lane: Lane, now: Timestamp, except: &[String]) -> Result<Ready, StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let mut values: Vec<Value> = vec![lane.name().into(), now.micros().into()];
        let others = not_on(except, backend, &mut values);
        let sql = format!(
            "SELECT *, {about} FROM job
             WHERE lane = $1 AND run_at <= $2 AND (lease_until IS NULL OR lease_until <= {now}) {others} LIMIT 2",
            now = database_clock::now(backend),
            about = about(backend),
        );
        let rows = db
            .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
        match &rows[..] {
            [] => Ok(Ready::Nothing),
            [row] => {
                let job = Job::try_from(Found::from_query_result(row, "")?)?;
                let is_first = job.attempt == 0 && job.kind.is_one_commit();
                Ok(if is_first {
                    Ready::Timer(Job { attempt: 1, ..job })
                } else {
                    Ready::Jobs
                })
            }
            _ => Ok(Ready::Jobs),
        }
    }

    /// Whether the lease is still valid; checked just before a call that cannot be undone.
    pub async fn still_mine(&self, job: &Job) -> Result<bool, StoreError> {
        let not_over = database_clock::not_over(self.reader());
        let held = job::Entity::find_by_id(&job.id)
            .filter(job::Column::Fence.eq(job.fence))
            .filter(not_over)
            .one(self.reader())
            .await?;
        Ok(held.is_some())
    }

    /// The open job of this kind for this key, whoever is working on it.
    pub async fn job(&self, kind: JobKind, key: &str) -> Result<Option<Job>, StoreError> {
        let job = job::Entity::find()
            .filter(job::Column::Kind.eq(kind.name()))
            .filter(job::Column::Key.eq(key))
            .one(self.reader())
            .await?;
        let found = job.map(|job| Found {
            job,
            integration: None,
            request: None,
        });
        found.map(Job::try_from).transpose()
    }
}
