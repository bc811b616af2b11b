//! The last sign of life of a process that uses this database, by the bot's clock.

use std::time::Duration;

use crate::access::time::Timestamp;

use super::Store;
use super::error::StoreError;
use super::settings::ReadSettings;

const ALIVE: &str = "alive";

/// A commit this long ago shows that the database accepts writes.
const LATELY: Duration = Duration::from_secs(10);

impl Store {
    /// Writes that this process lives, which also tests whether the database accepts writes. It does not wait for the disk,
    /// unless something else was just written: an idle process lets the disk sleep.
    pub async fn note_alive(&self, now: Timestamp) -> Result<(), StoreError> {
        let writer = self.writer()?;
        // On a separate connection it would wait in vain next to a busy writer.
        let busy = !self.is_alone() || writer.committed_within(LATELY);
        let mut tx = if busy {
            self.write().await?
        } else {
            self.write_on(self.prober()?).await?
        };
        tx.put_setting(ALIVE, &now.micros().to_string()).await?;
        tx.commit().await
    }

    /// The last such sign.
    pub async fn last_alive(&self) -> Result<Option<Timestamp>, StoreError> {
        let written = self.setting(ALIVE).await?;
        Ok(written
            .and_then(|micros| micros.parse().ok())
            .map(Timestamp::from_micros))
    }
}
