//! The real binary, in a process of its own.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend};

use super::bot::Context;

/// `apono`, with the rest of the command line.
pub(crate) fn apono(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apono"));
    command
        .args(arguments)
        .env("RUST_LOG", "warn")
        .env("RUST_BACKTRACE", "0");
    command
}

/// What `apono check` says about `config.toml` in this folder.
pub(crate) fn check(folder: &Path) -> Output {
    let config = folder.join("config.toml");
    apono(&["check", "--config", config.to_str().unwrap()])
        .output()
        .unwrap()
}

/// A running `apono run`, killed if the test ends before it.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(config: &Path) -> Self {
        Self::spawn(apono(&["run", "--config", config.to_str().unwrap()]).stderr(Stdio::piped()))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// SIGTERM, as a service manager sends it; returns how it ended and how long that took.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        self.signal("-TERM");
        let status = tokio::task::block_in_place(|| self.0.wait()).unwrap();
        (status, began.elapsed())
    }

    /// SIGKILL: nothing can be finished.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn said(mut self) -> (ExitStatus, String) {
        let status = self.0.wait().unwrap();
        let mut text = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (status, text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already in every test that passes.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// On PostgreSQL another replica could hold the leases of a dead process, so they take half a minute to be over; here
/// they are over now. On SQLite the start itself ends them.
pub(crate) async fn leases_are_over(ctx: &Context) {
    let raw = ctx.raw_database().await;
    if raw.get_database_backend() == DbBackend::Sqlite {
        raw.close().await.unwrap();
        return;
    }
    for table in ["inbox", "job"] {
        raw.execute_unprepared(&format!(
            "UPDATE {table} SET lease_until = 1 WHERE lease_until IS NOT NULL"
        ))
        .await
        .unwrap();
    }
    raw.execute_unprepared("UPDATE lease SET until = 1")
        .await
        .unwrap();
    raw.close().await.unwrap();
}
