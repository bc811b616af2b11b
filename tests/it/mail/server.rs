//! A mail server: `PyPI`'s aiosmtpd.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use data_encoding::HEXLOWER;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::certified::Certified;
use crate::support::programs;

const LOCK: &[u8] = include_bytes!("../../smtp/requirements.txt");
const SCRIPT: &str = "tests/smtp/server.py";

/// What it encrypts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Tls,
    StartTls,
    /// Nothing, as it is with a server before which somebody takes STARTTLS out of the answers.
    Plain,
}

/// It ends when this is dropped.
pub(super) struct Smtp {
    pub(super) how: How,
    pub(super) port: u16,
    /// With the certificate of its authority, `ca.pem`.
    pub(super) folder: TempDir,
    program: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// A letter that it took.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) login: bool,
    pub(super) text: String,
}

impl Smtp {
    /// `None` only where it is not installed, and then the test says that it left itself out; with `APONO_REQUIRE_SMTP=1` the test
    /// fails.
    pub(super) fn start(how: How) -> Option<Self> {
        let installed = installed();
        if !installed.join("aiosmtpd/smtp.py").exists() {
            programs::left_out("aiosmtpd", "scripts/test --prepare", "APONO_REQUIRE_SMTP");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let Certified { ca, certificate, key } = Certified::named("localhost");
        let files = [
            ("ca.pem", ca),
            ("server.pem", certificate.pem()),
            ("server.key", key.serialize_pem()),
        ];
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut program = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
            .arg(installed)
            .arg(match how {
                How::Tls => "tls",
                How::StartTls => "starttls",
                How::Plain => "plain",
            })
            .args(["server.pem", "server.key"].map(|name| folder.path().join(name)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let port = said.next().unwrap().unwrap().parse().unwrap();
        Some(Self {
            how,
            port,
            folder,
            program,
            said,
        })
    }

    /// The letters so far.
    pub(super) fn taken(&mut self) -> Vec<Taken> {
        writeln!(self.program.stdin.as_ref().unwrap()).unwrap();
        serde_json::from_str(&self.said.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.program.stdin.take());
        self.program.wait().unwrap();
    }
}

/// Where `scripts/test` puts the versions of the lock file.
fn installed() -> PathBuf {
    let user = fs::metadata("/proc/self").unwrap().uid();
    let digest = HEXLOWER.encode(&Sha256::digest(LOCK));
    format!("/var/tmp/apono-smtp-{user}/{}", &digest[..12]).into()
}
