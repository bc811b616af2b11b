//! What the audit channel shows and this database does not have, because it was restored from a backup.

use serde::{Deserialize, Serialize};

use crate::access::ids::RequestNumber;

use super::error::StoreError;
use super::settings::ReadSettings;
use super::{Store, Tx};

/// While this is set, access is only taken away.
pub(super) const AHEAD: &str = "channel_ahead";

/// The channel's last message of a trail that was abandoned.
const ACCEPTED: &str = "channel_accepted";

/// The last event that the audit channel shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    pub seq: u64,
    /// The hash of the trail up to it, according to the message.
    pub head: String,
    /// Slack's name for the message.
    pub ts: String,
    /// The highest request number that appears in the channel and may be missing in this database.
    pub number: RequestNumber,
}

impl Store {
    /// What the channel shows and this database does not have, until an operator accepts that.
    pub async fn ahead(&self) -> Result<Option<Ahead>, StoreError> {
        let stored = self.setting(AHEAD).await?;
        stored.as_deref().map(read).transpose()
    }

    /// Up to this message the channel may show what this database does not have.
    pub async fn accepted_channel(&self) -> Result<Option<String>, StoreError> {
        self.setting(ACCEPTED).await
    }
}

impl Tx {
    /// False if it was already recorded.
    pub async fn note_ahead(&mut self, ahead: &Ahead) -> Result<bool, StoreError> {
        let value = serde_json::to_string(ahead)
            .map_err(|error| StoreError::inconsistent("setting", AHEAD, error))?;
        self.add_setting(AHEAD, &value).await
    }

    /// Removes the record; what the channel shows up to that point no longer matters. `None` if there is no record.
    pub async fn accept_ahead(&mut self) -> Result<Option<Ahead>, StoreError> {
        let Some(stored) = self.setting(AHEAD).await? else {
            return Ok(None);
        };
        let ahead = read(&stored)?;
        self.forget_setting(AHEAD).await?;
        self.put_setting(ACCEPTED, &ahead.ts).await?;
        Ok(Some(ahead))
    }

    /// Request numbers up to this one will not be used again. Returns the next one.
    pub async fn skip_numbers(&mut self, last: RequestNumber) -> Result<RequestNumber, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ('request', $1) ON CONFLICT (name) DO UPDATE SET value =
                   CASE WHEN counter.value > excluded.value THEN counter.value ELSE excluded.value END RETURNING value";
        let row = self.query_one(sql, [last.0.into()]).await?;
        let row = row.ok_or_else(|| StoreError::not_found("counter", "request"))?;
        let last: i64 = row.try_get_by_index(0)?;
        Ok(RequestNumber(last + 1))
    }
}

fn read(stored: &str) -> Result<Ahead, StoreError> {
    serde_json::from_str(stored).map_err(|error| StoreError::inconsistent("setting", AHEAD, error))
}
