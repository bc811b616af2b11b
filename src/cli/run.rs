//! `apono run`: the bot, until SIGTERM or Ctrl-C.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Options};
use crate::clock::SystemClock;
use crate::failpoint;
use crate::network::Proxy;
use crate::slack::socket::SocketSettings;
use crate::slack::web::Pacing;
use crate::workers::capacity::Capacities;

use super::{failed, load, logging};

pub(super) async fn run(path: &Path, log: logging::Format) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    logging::start(log);
    let problems = config.check_secrets();
    for problem in &problems {
        // Live access must end even if one integration's secret is gone, so the bot starts anyway.
        tracing::error!("{}", problem.shown_in(path));
    }
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    let (mut terminate, mut hangup) = match signals {
        (Ok(terminate), Ok(hangup)) => (terminate, hangup),
        (Err(error), _) | (_, Err(error)) => return failed("cannot listen for signals", &error),
    };
    let modes = config.look_at_modes();
    for problem in &modes.problems {
        tracing::error!("{}", problem.shown_in(path));
    }
    for doubt in config.doubts.iter().chain(&modes.doubts) {
        tracing::warn!("{}", doubt.shown_in(path));
    }
    let proxy = match Proxy::from_env() {
        Ok(proxy) => proxy,
        Err(error) => return failed("could not start", &error),
    };
    let options = Options {
        clock: Arc::new(SystemClock),
        pacing: if failpoint::is_unpaced() {
            Pacing::Off
        } else {
            Pacing::Slack
        },
        sockets: SocketSettings::default(),
        proxy,
        capacities: Capacities::default(),
    };
    let app = match App::start(config, options).await {
        Ok(app) => app,
        Err(error) => return failed("could not start", &error),
    };
    let reloads = async {
        while hangup.recv().await.is_some() {
            tracing::info!("received SIGHUP; reading the config and the tokens again");
            // A refusal is already in the log and in the trail.
            let _ = app.reload().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = reloads => {}
    }
    tracing::info!("asked to stop; finishing work in progress");
    match app.stop().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed("stopped, but not cleanly", &error),
    }
}
