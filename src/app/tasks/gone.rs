//! Closes what the config can no longer give, at the start and after each reload.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::{reloaded, until_reload};
use crate::config::Config;
use crate::usecases::leaving::by_apono;
use crate::usecases::{Core, gone};

const AGAIN: Duration = Duration::from_secs(10);

/// The cause in the trail.
const CAUSE: &str = "the config in force";

/// Looks once for each config, and again if the database failed. What a stop or a kill cut off is looked for at the next start.
pub(in crate::app) async fn close_what_is_gone(core: Arc<Core>, mut config: Receiver<Arc<Config>>) {
    loop {
        config.mark_unchanged();
        match gone::close_all(&core, &by_apono(CAUSE)).await {
            Ok(0) => {}
            Ok(closed) => tracing::info!(closed, "requests for what the config no longer has were closed"),
            Err(error) => {
                tracing::error!(%error, "requests for what the config no longer has could not be closed; trying again");
                until_reload(&mut config, AGAIN).await;
                continue;
            }
        }
        reloaded(&mut config).await;
    }
}
