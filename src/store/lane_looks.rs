//! When to look at a lane again.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use crate::access::time::Timestamp;

use super::desk::Seen;
use super::error::StoreError;
use super::job_queue::not_on;
use super::jobs::Lane;
use super::{Store, database_clock};

/// How far to look ahead if integrations are left out: each job on the way has to be examined then, and there may be a hundred
/// thousand that are due on another day. Workers look again by then.
const AHEAD: Duration = Duration::from_secs(5);

impl Store {
    /// When to look at the lane: the earliest time of a free job, or when a lease expires that nobody may release. Leases use
    /// the database's clock, so their remaining time is counted from `now`. Jobs of requests and strays on the integrations in
    /// `except` do not count; if there are such integrations, jobs that are not due soon do not count either.
    pub async fn next_due(
        &self,
        lane: Lane,
        now: Timestamp,
        except: &[String],
    ) -> Result<Option<Timestamp>, StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let mut values: Vec<Value> = vec![now.micros().into()];
        let others = not_on(except, backend, &mut values);
        let mut free = others.clone();
        if !except.is_empty() {
            values.push(now.plus(AHEAD).micros().into());
            free = format!("AND run_at <= ${} {others}", values.len());
        }
        let sql = format!("SELECT {}", worth_a_look(lane, backend, &free, &others));
        let statement = Statement::from_sql_and_values(backend, sql, values);
        match db.query_one_raw(statement).await? {
            Some(row) => earliest(&row, 0),
            None => Ok(None),
        }
    }

    /// What a worker has to know that may not begin anything on the integrations in `full`.
    pub async fn survey(&self, lane: Lane, now: Timestamp, full: &[String]) -> Result<Seen, StoreError> {
        let next = self.next_due(lane, now, &[]).await?;
        let is_crowded = !full.is_empty() && next.is_some_and(|at| at <= now);
        if !is_crowded {
            return Ok(Seen { next, is_crowded });
        }
        let of_others = self.next_due(lane, now, full).await?;
        let next = of_others.map_or(now.plus(AHEAD), |at| at.min(now.plus(AHEAD)));
        Ok(Seen {
            next: Some(next),
            is_crowded,
        })
    }

    /// The same for all lanes with one query, which leaves nothing out. Their workers are told.
    pub async fn look_at_lanes(&self, now: Timestamp) -> Result<(), StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let each = Lane::ALL.map(|lane| worth_a_look(lane, backend, "", ""));
        let sql = format!("SELECT {}", each.join(", "));
        let statement = Statement::from_sql_and_values(backend, sql, [now.micros().into()]);
        let row = db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| StoreError::not_found("job", "a look at all lanes"))?;
        for (place, lane) in Lane::ALL.into_iter().enumerate() {
            let next = earliest(&row, 2 * place)?;
            if let Some(desk) = self.wakes().seats().desk(lane) {
                desk.heard(next);
            }
        }
        Ok(())
    }

    /// How long to wait before looking at a lane without news. Several processes may write to PostgreSQL; with SQLite only
    /// this one does, and it looks in case it missed something: sooner than a lease expires.
    pub fn look_every(&self) -> Duration {
        match self.reader().get_database_backend() {
            DbBackend::Postgres => Duration::from_secs(1),
            _ => Duration::from_secs(30),
        }
    }
}

/// SQL for two columns: when the earliest free job runs, and when the earliest lease ends. `$1` is the present time.
fn worth_a_look(lane: Lane, backend: DbBackend, free: &str, leased: &str) -> String {
    let (name, clock) = (lane.name(), database_clock::now(backend));
    format!(
        "(SELECT run_at FROM job WHERE lane = '{name}' AND lease_until IS NULL {free} ORDER BY run_at LIMIT 1),
         (SELECT MIN(CASE WHEN run_at > $1 + lease_until - {clock} THEN run_at ELSE $1 + lease_until - {clock} END)
          FROM job WHERE lane = '{name}' AND lease_until IS NOT NULL {leased})"
    )
}

/// The earlier of two columns.
fn earliest(row: &QueryResult, first: usize) -> Result<Option<Timestamp>, StoreError> {
    let times: (Option<i64>, Option<i64>) = (row.try_get_by_index(first)?, row.try_get_by_index(first + 1)?);
    let earliest = times.0.into_iter().chain(times.1).min();
    Ok(earliest.map(Timestamp::from_micros))
}
