//! A real Prometheus in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::programs;

/// Runs it until the standard input ends, which it does with this process.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$@" >"$LOG" 2>&1 &
server=$!
read -r _
kill -TERM "$server"
wait "$server"
"#;

/// It ends when this is dropped.
pub(super) struct Prometheus {
    pub(super) url: String,
    supervisor: Child,
    _folder: TempDir,
}

impl Prometheus {
    /// Scrapes `target` each second, and judges the rules. `None` only where it is not installed, and then the test says that it
    /// left itself out; with `APONO_REQUIRE_PROMETHEUS=1` the test fails.
    pub(super) fn start(target: &str, rules: &Path) -> Option<Self> {
        let program = find("prometheus")?;
        let folder = tempfile::Builder::new()
            .prefix("apono-prometheus-")
            .tempdir()
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = free.local_addr().unwrap().to_string();
        drop(free);
        let config = format!(
            "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\n\
             rule_files: [\"{}\"]\n\
             scrape_configs:\n  - job_name: apono\n    static_configs:\n      - targets: [\"{target}\"]\n",
            rules.display()
        );
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).unwrap();
        let supervisor = Command::new("bash")
            .args(["-c", SUPERVISOR, "prometheus"])
            .arg(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={at}"))
            .env("LOG", folder.path().join("log"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            url: format!("http://{at}"),
            supervisor,
            _folder: folder,
        })
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// A program of Debian's package.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    programs::find(name, "prometheus", "APONO_REQUIRE_PROMETHEUS")
}
