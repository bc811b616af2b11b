//! The portal, if the config has one. What has to end does not wait for it.

use std::fmt::Display;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::people::Directory;
use crate::slack::handlers::Bot;
use crate::store::Store;
use crate::web::{self, Door, Issuer, Portal};

use super::StartError;

/// Begins to listen.
pub(super) async fn open(config: &Config, store: &Store) -> Result<Option<Door>, StartError> {
    let Some(web) = &config.web else {
        return Ok(None);
    };
    or_stay_closed(Door::open(web).await, "the portal stays closed", store).await
}

/// What listens now. If it cannot, the bot does not start, unless live access has to be ended: that matters more.
pub(super) async fn or_stay_closed<T, E: Into<StartError> + Display>(
    opened: Result<T, E>,
    closed: &str,
    store: &Store,
) -> Result<Option<T>, StartError> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if store.live_integrations().await?.is_empty() => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "{closed}");
            Ok(None)
        }
    }
}

/// Answers browsers until the stop.
pub(super) fn serve(
    door: Door,
    issuer: Option<Issuer>,
    bot: &Bot,
    stop: CancellationToken,
) -> impl Future<Output = ()> + use<> {
    let directory: Arc<dyn Directory> = Arc::clone(&bot.directory) as Arc<dyn Directory>;
    let portal = Portal::new(Arc::clone(&bot.core), directory, door.site().clone(), issuer);
    web::serve(door, Arc::new(portal), stop)
}
