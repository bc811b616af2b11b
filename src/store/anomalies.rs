//! How far the look for anomalies has got in the trail.

use super::error::StoreError;
use super::settings::ReadSettings;
use super::{Store, Tx};

const PLACE: &str = "anomalies";

impl Store {
    /// The last event that was looked at; `None` before the first look.
    pub async fn anomaly_place(&self) -> Result<Option<u64>, StoreError> {
        let stored = self.setting(PLACE).await?;
        let read = |seq: String| {
            seq.parse()
                .map_err(|_| StoreError::inconsistent("setting", PLACE, "not a number of an event"))
        };
        stored.map(read).transpose()
    }
}

impl Tx {
    /// Moves it on; false if it is no longer at `was`.
    pub async fn move_anomaly_place(&mut self, was: Option<u64>, to: u64) -> Result<bool, StoreError> {
        let was = was.map(|seq| seq.to_string());
        self.replace_setting(PLACE, was.as_deref(), &to.to_string()).await
    }
}
