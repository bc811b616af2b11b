//! npm's `oidc-provider`, as `scripts/test` installs it: an issuer that knows nothing about the bot.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What its clients prove themselves with (`tests/oidc_provider/provider.mjs`).
pub(crate) const SECRET: &str = "a-secret-of-the-tests-client";

const SCRIPT: &str = "tests/oidc_provider/provider.mjs";
const LOCK: &str = include_str!("../../oidc_provider/package-lock.json");

/// It ends when this is dropped.
pub(crate) struct OidcProvider {
    pub(crate) issuer: String,
    program: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl OidcProvider {
    /// On a free port. `None` only where it is not installed, and then the test says that it left itself out; with
    /// `APONO_REQUIRE_OIDC=1` the test fails.
    pub(crate) fn start() -> Option<Self> {
        let folder = folder();
        if !folder.join("node_modules/oidc-provider/package.json").exists() {
            let required = std::env::var_os("APONO_REQUIRE_OIDC").is_some_and(|v| v == "1");
            assert!(
                !required,
                "oidc-provider is not in {}; scripts/test --prepare installs it",
                folder.display()
            );
            let thread = std::thread::current();
            let line = format!(
                "left out {}: no oidc-provider\n",
                thread.name().unwrap_or("a test")
            );
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        }
        let mut program = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let issuer = said.next().unwrap().unwrap();
        Some(Self {
            issuer,
            program,
            said,
        })
    }

    /// What is different from now on.
    pub(crate) fn change(&mut self, different: &Value) {
        let mut input = self.program.stdin.as_ref().unwrap();
        writeln!(input, "{different}").unwrap();
        assert_eq!(self.said.next().unwrap().unwrap(), "done");
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.program.stdin.take());
        self.program.wait().unwrap();
    }
}

/// Where `scripts/test` puts the versions of the lock file.
fn folder() -> PathBuf {
    let user = std::fs::metadata("/proc/self").unwrap().uid();
    let digest = HEXLOWER.encode(&Sha256::digest(LOCK));
    format!("/var/tmp/apono-oidc-provider-{user}/{}", &digest[..12]).into()
}
