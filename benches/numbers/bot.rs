//! The release binary as a separate process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::machine::field;
use crate::processor;

/// A running `apono run`; killed if the measurement ends before it.
pub(crate) struct Bot {
    process: Child,
}

impl Bot {
    /// Its log is the file `log` next to its config.
    pub(crate) fn start(config: &Path) -> Self {
        let log = File::create(config.with_file_name("log")).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_apono"))
            .args(["run", "--config"])
            .arg(config)
            .stderr(log)
            .spawn();
        Self {
            process: process.unwrap(),
        }
    }

    /// Its peak memory so far, in MB of 10^6 bytes.
    pub(crate) fn most_memory(&self) -> f64 {
        self.megabytes("VmHWM")
    }

    /// Its memory now, in the same unit.
    pub(crate) fn memory(&self) -> f64 {
        self.megabytes("VmRSS")
    }

    fn megabytes(&self, name: &str) -> f64 {
        let text = field(self.file("status"), name);
        let kib: f64 = text.trim_end_matches(" kB").parse().unwrap();
        kib * 1024.0 / 1e6
    }

    /// Its processor time.
    pub(crate) fn busy(&self) -> Duration {
        processor::busy(&fs::read_to_string(self.file("stat")).unwrap())
    }

    /// Stops it the way a service manager does.
    pub(crate) fn stop(mut self) {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(self.process.wait().unwrap().success());
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.process.id().to_string()).join(name)
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // In every completed measurement it has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes a config and what it refers to; `more` follows the common part.
pub(crate) fn configure(folder: &Path, api_url: &str, more: &str) -> PathBuf {
    configure_on(folder, api_url, "sqlite://apono.db", more)
}

/// The same, with the bot's own database at `database`.
pub(crate) fn configure_on(folder: &Path, api_url: &str, database: &str, more: &str) -> PathBuf {
    fs::write(folder.join("token"), "a secret").unwrap();
    fs::write(
        folder.join("target"),
        "postgres://apono_bot:secret@127.0.0.1:1/postgres",
    )
    .unwrap();
    let path = folder.join("config.toml");
    let common = COMMON
        .replace("{api_url}", api_url)
        .replace("{database}", database);
    fs::write(&path, common + more).unwrap();
    path
}

const COMMON: &str = r#"
version = 1
[slack]
app_token = { file = "token" }
bot_token = { file = "token" }
audit_channel = "C0AUDIT"
api_url = "{api_url}"
[database]
url = "{database}"
[roles]
admins = ["U0ADA"]
# Few people send everything; what a person may do is not what is measured.
[limits]
acts_per_minute = 1000000
requests_per_hour = 1000000
open_requests = 1000000
"#;
