//! When to look at a lane again, and what waits in each.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement, Value};

use crate::access::time::Timestamp;

use super::error::StoreError;
use super::job_queue::not_on;
use super::jobs::Lane;
use super::{Store, database_clock};

/// A job this long past its time counts as overdue.
const OVERDUE_AFTER: Duration = Duration::from_mins(1);

/// How far it is looked ahead where integrations are left out: each job on the way is looked at then, and there may be a
/// hundred thousand that are due some other day. Workers look again sooner than that.
const AHEAD: Duration = Duration::from_secs(5);

/// What a lane holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Not due yet.
    pub waiting: u64,
    /// Due, and nobody works on it.
    pub ready: u64,
    /// Somebody works on it.
    pub leased: u64,
    /// Due for more than a minute, worked on or not.
    pub overdue: u64,
}

impl Store {
    /// When the lane is worth a look: the earliest time of a free job, or the moment a lease ends that nobody may end
    /// otherwise. Leases run by the database's clock, so their rest is counted from `now`. Jobs of requests and strays on
    /// the integrations in `except` do not count, and with them neither does what is not due soon.
    pub async fn next_due(
        &self,
        lane: Lane,
        now: Timestamp,
        except: &[String],
    ) -> Result<Option<Timestamp>, StoreError> {
        let backend = self.reader().get_database_backend();
        let mut values: Vec<Value> = vec![lane.name().into()];
        let mut others = not_on(except, backend, &mut values);
        if !except.is_empty() {
            values.push(now.plus(AHEAD).micros().into());
            others = format!("AND run_at <= ${} {others}", values.len());
        }
        let free = format!(
            "SELECT run_at FROM job WHERE lane = $1 AND lease_until IS NULL {others}
             ORDER BY run_at LIMIT 1"
        );
        let free = self.least(free, values).await?;
        let mut values: Vec<Value> = vec![lane.name().into(), now.micros().into()];
        let others = not_on(except, backend, &mut values);
        let leased = format!(
            "SELECT MIN(CASE WHEN run_at > $2 + lease_until - {clock} THEN run_at ELSE $2 + lease_until - {clock} END)
             FROM job WHERE lane = $1 AND lease_until IS NOT NULL {others}",
            clock = database_clock::now(backend),
        );
        let leased = self.least(leased, values).await?;
        Ok(free.into_iter().chain(leased).min().map(Timestamp::from_micros))
    }

    async fn least(&self, sql: String, values: Vec<Value>) -> Result<Option<i64>, StoreError> {
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        match db.query_one_raw(statement).await? {
            Some(row) => Ok(row.try_get_by_index(0)?),
            None => Ok(None),
        }
    }

    /// What each lane holds; lanes without jobs are there too.
    pub async fn job_counts(&self, now: Timestamp) -> Result<BTreeMap<Lane, LaneCounts>, StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let sql = format!(
            "SELECT lane,
               SUM(CASE WHEN lease_until > {clock} THEN 1 ELSE 0 END),
               SUM(CASE WHEN run_at <= $1 AND (lease_until IS NULL OR lease_until <= {clock}) THEN 1 ELSE 0 END),
               SUM(CASE WHEN run_at <= $2 THEN 1 ELSE 0 END),
               COUNT(*)
             FROM job GROUP BY lane",
            clock = database_clock::now(backend),
        );
        let values = [now.micros().into(), now.minus(OVERDUE_AFTER).micros().into()];
        let rows = db
            .query_all_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
        let mut counts: BTreeMap<Lane, LaneCounts> =
            Lane::ALL.map(|lane| (lane, LaneCounts::default())).into();
        for row in rows {
            let name: String = row.try_get_by_index(0)?;
            let lane = Lane::ALL.into_iter().find(|lane| lane.name() == name);
            let lane = lane.ok_or_else(|| StoreError::inconsistent("job", &name, "a lane that is none"))?;
            let number = |index| -> Result<u64, StoreError> {
                let number: i64 = row.try_get_by_index(index)?;
                u64::try_from(number).map_err(|error| StoreError::inconsistent("job", &name, error))
            };
            let (leased, ready) = (number(1)?, number(2)?);
            let waiting = number(4)? - leased - ready;
            let overdue = number(3)?;
            counts.insert(
                lane,
                LaneCounts {
                    waiting,
                    ready,
                    leased,
                    overdue,
                },
            );
        }
        Ok(counts)
    }
}
