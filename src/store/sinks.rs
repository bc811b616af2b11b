//! How far each sink got in the trail.

use sea_orm::EntityTrait;

use crate::access::time::Timestamp;

use super::audit::stored_seq;
use super::entities::audit_event;
use super::error::StoreError;
use super::settings::ReadSettings;
use super::{Store, Tx};

/// The place of a sink that took nothing yet.
const START: u64 = 0;

/// How many events a sink refused one after the other.
fn refusals(sink: &str) -> String {
    format!("sink_refused:{sink}")
}

fn setting(sink: &str) -> String {
    format!("sink:{sink}")
}

impl Store {
    /// The last event that the sink has taken, or passed over; 0 before the first.
    pub async fn sink_place(&self, sink: &str) -> Result<u64, StoreError> {
        let stored = self.setting(&setting(sink)).await?;
        stored.map_or(Ok(START), |seq| {
            seq.parse()
                .map_err(|_| StoreError::inconsistent("setting", setting(sink), "not a number of an event"))
        })
    }

    /// How many events the sink has refused, each alone, since it last took any.
    pub async fn sink_refusals(&self, sink: &str) -> Result<u32, StoreError> {
        let stored = self.setting(&refusals(sink)).await?;
        stored.map_or(Ok(0), |count| {
            count
                .parse()
                .map_err(|_| StoreError::inconsistent("setting", refusals(sink), "not a number"))
        })
    }

    /// The sink has taken some.
    pub async fn forget_sink_refusals(&self, sink: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.forget_setting(&refusals(sink)).await?;
        tx.commit().await
    }

    /// Since when the oldest event that the sink has not taken has waited; `None` if there is none.
    pub async fn sink_waits_since(&self, sink: &str) -> Result<Option<Timestamp>, StoreError> {
        let place = self.sink_place(sink).await?;
        let next = audit_event::Entity::find_by_id(stored_seq(place) + 1)
            .one(self.reader())
            .await?;
        Ok(next.map(|event| Timestamp::from_micros(event.at)))
    }
}

impl Store {
    /// Moves the sink on, see [`Tx::move_sink`].
    pub async fn move_sink(&self, sink: &str, was: u64, to: u64) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let moved = tx.move_sink(sink, was, to).await?;
        tx.commit().await?;
        Ok(moved)
    }
}

impl Tx {
    /// Moves the sink on; false if it is no longer at `was`, because somebody sent it elsewhere.
    pub async fn move_sink(&mut self, sink: &str, was: u64, to: u64) -> Result<bool, StoreError> {
        let before = (was != START).then(|| was.to_string());
        self.replace_setting(&setting(sink), before.as_deref(), &to.to_string())
            .await
    }

    /// The sink has refused so many, each alone, since it last took any.
    pub async fn put_sink_refusals(&mut self, sink: &str, count: u32) -> Result<(), StoreError> {
        self.put_setting(&refusals(sink), &count.to_string()).await
    }

    /// Makes the sink take everything after `place` again.
    pub async fn place_sink(&mut self, sink: &str, place: u64) -> Result<(), StoreError> {
        if place == START {
            return self.forget_setting(&setting(sink)).await;
        }
        self.put_setting(&setting(sink), &place.to_string()).await
    }
}
