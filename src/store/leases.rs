//! Tasks that only one process does at a time, such as posting the trail: held by name, with a fence that grows when the
//! holder changes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};

use super::error::StoreError;
use super::{Store, Tx, database_clock};

/// The prefix of a process's name in the lease that says the process is alive.
const REPLICA: &str = "replica:";

/// Grows each time a lease changes its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(pub i64);

impl Store {
    /// Takes or renews the lease, by the database's clock; `None` while somebody else holds it.
    pub async fn lease(
        &self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<Fence>, StoreError> {
        let mut tx = self.write().await?;
        let fence = tx.lease(name, owner, duration).await?;
        tx.commit().await?;
        Ok(fence)
    }

    /// Whether this process may do the task of this name now: it holds the lease, or there is no other process.
    pub async fn is_ours(&self, name: &str, owner: &str, duration: Duration) -> Result<bool, StoreError> {
        Ok(self.is_alone() || self.lease(name, owner, duration).await?.is_some())
    }

    /// Records that the process `owner` is alive, for `duration` from now, and counts the live processes.
    pub async fn count_replicas(&self, owner: &str, duration: Duration) -> Result<u64, StoreError> {
        if self.is_alone() {
            return Ok(1);
        }
        let mut tx = self.write().await?;
        tx.lease(&format!("{REPLICA}{owner}"), owner, duration).await?;
        let now = database_clock::now(tx.backend());
        // Nobody takes over the lease of a dead process, so its row is useless.
        let sql = format!("DELETE FROM lease WHERE name LIKE '{REPLICA}%' AND until <= {now}");
        tx.execute(&sql, []).await?;
        let sql = format!("SELECT COUNT(*) FROM lease WHERE name LIKE '{REPLICA}%'");
        let row = tx.query_one(&sql, []).await?;
        tx.commit().await?;
        let count: i64 = row.map_or(Ok(1), |row| row.try_get_by_index(0))?;
        Ok(count.unsigned_abs())
    }

    /// How many processes say that they are alive. One that was killed says so for as long as its lease lasts.
    pub async fn live_replicas(&self) -> Result<u64, StoreError> {
        let db = self.reader();
        let now = database_clock::now(db.get_database_backend());
        let sql = format!("SELECT COUNT(*) FROM lease WHERE name LIKE '{REPLICA}%' AND until > {now}");
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(statement).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(count.unsigned_abs())
    }

    /// Releases what `owner` still holds when it stops. The rows of leases stay, so their fences keep growing.
    pub async fn free_all(&self, owner: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for sql in [
            "UPDATE job SET lease_until = NULL WHERE owner = $1 AND lease_until IS NOT NULL",
            "UPDATE inbox SET lease_until = 0 WHERE owner = $1 AND state = 'new'",
            "UPDATE lease SET until = 0 WHERE owner = $1",
        ] {
            tx.execute(sql, [owner.into()]).await?;
        }
        tx.commit().await
    }
}

impl Tx {
    async fn lease(
        &mut self,
        name: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<Fence>, StoreError> {
        let sql = format!(
            "INSERT INTO lease (name, owner, until, fence) VALUES ($1, $2, {end}, 1)
             ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
               fence = CASE WHEN lease.owner = excluded.owner THEN lease.fence ELSE lease.fence + 1 END
             WHERE lease.owner = excluded.owner OR lease.until <= {now}
             RETURNING fence",
            end = database_clock::lease_end(self.backend(), duration),
            now = database_clock::now(self.backend()),
        );
        let row = self.query_one(sql, [name.into(), owner.into()]).await?;
        match row {
            Some(row) => Ok(Some(Fence(row.try_get_by_index(0)?))),
            None => Ok(None),
        }
    }

    /// Ends every lease. Only for the holder of SQLite's lock: then no other live process can hold one, and what a killed
    /// process left is taken up at once.
    pub(super) async fn end_leases_of_the_dead(&mut self) -> Result<(), StoreError> {
        for sql in [
            "UPDATE inbox SET lease_until = NULL, owner = NULL WHERE lease_until IS NOT NULL",
            "UPDATE job SET lease_until = NULL, owner = NULL WHERE lease_until IS NOT NULL",
            "UPDATE lease SET until = 0",
        ] {
            self.execute(sql, []).await?;
        }
        Ok(())
    }
}
