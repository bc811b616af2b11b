//! What a kind keeps in the bot's database beside its grants, and what it tells the trail.

use async_trait::async_trait;

use crate::audit::event::What;

/// The records of one integration. A kind is given them; whoever gives them knows where they are.
#[async_trait]
pub trait Records: Send + Sync {
    /// What stands under this name.
    async fn get(&self, name: &'static str) -> Result<Option<String>, RecordsError>;

    /// Writes a value that is written once, in one commit with the event that tells of it. Returns what stands there now:
    /// another's, and nothing was told, if that came first.
    async fn put_once(&self, name: &'static str, value: &str, told: What) -> Result<String, RecordsError>;

    /// Keeps it in place of what stands there, in one commit with the event that tells of it.
    async fn put(&self, name: &'static str, value: &str, told: What) -> Result<(), RecordsError>;

    async fn tell(&self, what: What) -> Result<(), RecordsError>;
}

/// The records could not be reached.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RecordsError(pub Box<dyn std::error::Error + Send + Sync>);
