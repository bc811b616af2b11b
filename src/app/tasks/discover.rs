//! Asks targets what can be requested on them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::until_reload;
use crate::config::Config;
use crate::usecases::Core;
use crate::workers::discover as discovery;

const DISCOVER_EVERY: Duration = Duration::from_mins(5);

const DISCOVER_AGAIN: Duration = Duration::from_secs(10);

/// Asks every integration what can be requested, now and then, and at once after a reload.
pub(in crate::app) async fn discover(core: Arc<Core>, mut config: Receiver<Arc<Config>>) {
    loop {
        config.mark_unchanged();
        let answered = discovery::tick(&core).await;
        let all = answered == core.integrations().iter().count();
        let pause = if all { DISCOVER_EVERY } else { DISCOVER_AGAIN };
        until_reload(&mut config, pause).await;
    }
}
