//! The bot in this process, for what the release binary has no setting for: how many jobs a lane works on at once, and no
//! pacing towards Slack. Everything else is as in the binary.

use std::path::Path;
use std::sync::Arc;

use apono::app::{App, Options};
use apono::clock::SystemClock;
use apono::config::Config;
use apono::slack::socket::SocketSettings;
use apono::slack::web::Pacing;
use apono::workers::capacity::Capacities;
use tokio::runtime::Runtime;

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

pub(crate) async fn start(config: &Path, pacing: Pacing, capacities: Capacities) -> App {
    let options = Options {
        clock: Arc::new(SystemClock),
        pacing,
        sockets: SocketSettings::default(),
        proxy: None,
        capacities,
    };
    App::start(Config::load(config).unwrap(), options).await.unwrap()
}
