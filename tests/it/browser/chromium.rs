//! chromedriver, and the browsers that it starts.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::programs::{file_at, find};

const REQUIRED: &str = "APONO_REQUIRE_BROWSER";

/// Runs it until the standard input ends, which it does with this process, and then removes its folder. Browsers are in its process
/// group, and would outlive it.
const SUPERVISOR: &str = r#"
set -m
trap '' INT TERM HUP
(trap - INT TERM HUP; exec "$1" --port=0) 2>&1 &
read -r _
kill -KILL -- "-$!"
rm -rf "$2"
"#;

/// It ends when this is dropped, and every browser with it.
pub(super) struct Chromium {
    pub(super) url: String,
    /// What finds barriers in a page.
    pub(super) axe: String,
    supervisor: Child,
    folder: TempDir,
}

impl Chromium {
    /// `None` only if it or axe is not there, and then the test says that it left itself out; with `APONO_REQUIRE_BROWSER=1` the test
    /// fails.
    pub(super) fn start() -> Option<Self> {
        find("chromium", "chromium", REQUIRED)?;
        let program = find("chromedriver", "chromium-driver", REQUIRED)?;
        let axe = file_at("APONO_AXE", REQUIRED)?;
        let folder = tempfile::Builder::new()
            .prefix("apono-browser-")
            .tempdir()
            .unwrap();
        let mut supervisor = Command::new("bash")
            .args(["-c", SUPERVISOR, "bash"])
            .arg(program)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(supervisor.stdout.take().unwrap()).lines();
        let port = said.find_map(|line| {
            let line = line.ok()?;
            let port = line.split_once("successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.expect("chromedriver did not start");
        // It keeps writing, and must not be blocked by that.
        std::thread::spawn(move || said.for_each(drop));
        Some(Self {
            url: format!("http://127.0.0.1:{port}"),
            axe: std::fs::read_to_string(axe).unwrap(),
            supervisor,
            folder,
        })
    }

    /// A folder for the profile of somebody's browser, or for what they download.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}
