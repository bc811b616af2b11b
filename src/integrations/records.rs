//! What a kind keeps in the bot's database in addition to its grants, and what it writes to the trail.

use async_trait::async_trait;

use crate::audit::event::What;

/// The records of one integration. A kind is given them; only the caller knows where they are.
#[async_trait]
pub trait Records: Send + Sync {
    /// The value with this name.
    async fn get(&self, name: &'static str) -> Result<Option<String>, RecordsError>;

    /// Writes a value that is written only once, in one commit with its event. Returns the value that is there now: if another
    /// writer was first, that is the other value, and no event was written.
    async fn put_once(&self, name: &'static str, value: &str, told: What) -> Result<String, RecordsError>;

    /// Replaces the value that is there, in one commit with the event about it.
    async fn put(&self, name: &'static str, value: &str, told: What) -> Result<(), RecordsError>;

    async fn tell(&self, what: What) -> Result<(), RecordsError>;
}

/// The records could not be reached.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RecordsError(pub Box<dyn std::error::Error + Send + Sync>);
