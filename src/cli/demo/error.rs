//! Why a demo ends early.

use slack_simulator::ActError;

use crate::app::StartError;
use crate::audit::verify::Misfit;
use crate::config::ConfigError;
use crate::integrations::records::RecordsError;
use crate::secrets::SecretError;
use crate::slack::web::WebError;
use crate::store::StoreError;
use crate::throwaway_postgres::ThrowawayError;
use crate::throwaway_sshd::SshdError;
use crate::usecases::UseCaseError;

/// What went wrong, for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(super) enum DemoError {
    #[error("could not start its own PostgreSQL server: {0}")]
    Server(#[from] ThrowawayError),
    #[error("could not start its own SSH server: {0}")]
    Sshd(#[from] SshdError),
    #[error("the sample database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("files or output: {0}")]
    Io(#[from] std::io::Error),
    #[error("the demo's own config: {0}")]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Secret(#[from] SecretError),
    #[error("the bot could not start: {0}")]
    Start(#[from] StartError),
    #[error("the bot's database: {0}")]
    Store(#[from] StoreError),
    #[error("the made-up history: {0}")]
    Past(#[from] UseCaseError),
    #[error("the made-up history, in Slack: {0}")]
    Posted(#[from] WebError),
    #[error("the made-up history: {0}")]
    Records(#[from] RecordsError),
    #[error("the trail is not intact: {0}")]
    Misfit(#[from] Misfit),
    #[error("{0}")]
    Person(#[from] ActError),
    /// Something the demo checked that turned out to be wrong.
    #[error("{0}")]
    NotAsPromised(String),
}

impl DemoError {
    /// `wanted` completes "waited for ...".
    pub(super) fn waited_for(wanted: &str) -> Self {
        Self::NotAsPromised(format!("timed out waiting for {wanted}"))
    }
}
