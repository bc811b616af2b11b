//! `apono run`: the bot, until SIGTERM or Ctrl-C.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Options};
use crate::clock::SystemClock;
use crate::slack::socket::SocketSettings;
use crate::slack::web::Pacing;

use super::{failed, load, logging};

pub(super) async fn run(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    logging::start();
    let problems = config.check_secrets();
    for problem in &problems {
        // Live access must end even if one integration's secret is gone, so this is no reason not to start.
        tracing::error!("{}", problem.shown_in(path));
    }
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => return failed("signals cannot be received", &error),
    };
    let options = Options {
        clock: Arc::new(SystemClock),
        pacing: Pacing::Slack,
        sockets: SocketSettings::default(),
    };
    let app = match App::start(config, options).await {
        Ok(app) => app,
        Err(error) => return failed("it could not start", &error),
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("told to stop; finishing what runs");
    match app.stop().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed("it stopped, but not cleanly", &error),
    }
}
