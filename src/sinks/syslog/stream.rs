//! Messages over a connection, each after its length.
//!
//! Invariant: what a lost connection may not have brought over is written to the next one before anything else.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::connection::{Connecting, Connection};
use super::kept::Kept;
use super::message::Sender;
use crate::access::time::Timestamp;
use crate::sinks::{Fault, Record, Sink, Taken};

pub(super) struct Stream {
    sender: Sender,
    connecting: Connecting,
    kept: Arc<Mutex<Kept>>,
    /// Made with the first delivery.
    connection: Option<Connection>,
}

impl Stream {
    pub(super) fn new(sender: Sender, connecting: Connecting, kept: Arc<Mutex<Kept>>) -> Self {
        Self {
            sender,
            connecting,
            kept,
            connection: None,
        }
    }

    /// Over the connection that stands; otherwise over a new one.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if let Some(mut connection) = self.connection.take()
            && connection.stands()
            && connection.write(bytes).await.is_ok()
        {
            self.connection = Some(connection);
            return Ok(());
        }
        let mut connection = self.connecting.connect().await?;
        let again = self.kept.lock().all();
        connection.write(&[&again, bytes].concat()).await?;
        self.connection = Some(connection);
        Ok(())
    }
}

#[async_trait]
impl Sink for Stream {
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault> {
        let messages = records.iter().map(|record| self.sender.message(record));
        let frames: Vec<Vec<u8>> = messages
            .map(|message| format!("{} {message}", message.len()).into_bytes())
            .collect();
        self.write(&frames.concat()).await?;
        self.kept.lock().add(frames, now);
        Ok(Taken {
            said: "it was written to the connection; syslog acknowledges nothing".to_owned(),
        })
    }
}
