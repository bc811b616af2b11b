//! What is waiting in each lane.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};

use crate::access::time::Timestamp;

use super::super::error::StoreError;
use super::super::jobs::Lane;
use super::super::{Store, database_clock};

/// A job that is late by more than this counts as overdue.
const OVERDUE_AFTER: Duration = Duration::from_mins(1);

/// The jobs in a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Not due yet.
    pub waiting: u64,
    /// Due, and nobody is working on it.
    pub ready: u64,
    /// Somebody is working on it.
    pub leased: u64,
    /// Due for more than a minute, worked on or not.
    pub overdue: u64,
    /// Since when the oldest that is due, worked on or not, has been due.
    pub oldest_due: Option<Timestamp>,
}

impl Store {
    /// The jobs in each lane, including lanes without jobs.
    pub async fn job_counts(&self, now: Timestamp) -> Result<BTreeMap<Lane, LaneCounts>, StoreError> {
        let db = self.reader();
        let backend = db.get_database_backend();
        let sql = format!(
            "SELECT lane,
               SUM(CASE WHEN lease_until > {clock} THEN 1 ELSE 0 END),
               SUM(CASE WHEN run_at <= $1 AND (lease_until IS NULL OR lease_until <= {clock}) THEN 1 ELSE 0 END),
               SUM(CASE WHEN run_at <= $2 THEN 1 ELSE 0 END),
               COUNT(*),
               MIN(CASE WHEN run_at <= $1 THEN run_at END)
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
            let lane = Lane::named(&name);
            let lane = lane.ok_or_else(|| StoreError::inconsistent("job", &name, "unknown lane"))?;
            let number = |index| -> Result<u64, StoreError> {
                let number: i64 = row.try_get_by_index(index)?;
                u64::try_from(number).map_err(|error| StoreError::inconsistent("job", &name, error))
            };
            let (leased, ready) = (number(1)?, number(2)?);
            let waiting = number(4)? - leased - ready;
            let overdue = number(3)?;
            let oldest_due: Option<i64> = row.try_get_by_index(5)?;
            counts.insert(
                lane,
                LaneCounts {
                    waiting,
                    ready,
                    leased,
                    overdue,
                    oldest_due: oldest_due.map(Timestamp::from_micros),
                },
            );
        }
        Ok(counts)
    }
}
