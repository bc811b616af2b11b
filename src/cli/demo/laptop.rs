//! Dana's own machine: an SSH key whose private half never leaves it, and OpenSSH's client.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Output;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{Certificate, LineEnding, PrivateKey};
use tempfile::TempDir;
use tokio::process::Command;

use crate::access::time::Timestamp;

use super::error::DemoError;

/// Keeps the SSH settings of the machine the demo runs on out of it.
const OPTIONS: &str =
    "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";

/// How long a login may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Laptop {
    folder: TempDir,
    key: PrivateKey,
}

/// What the Connect window shows.
pub(super) struct Shown {
    /// The whole line, and a short form to show.
    pub(super) line: String,
    pub(super) window: String,
    command: String,
    certificate: Certificate,
}

impl Laptop {
    /// With a new key.
    pub(super) fn new() -> Result<Self, DemoError> {
        let broken = |error: ssh_key::Error| DemoError::NotAsPromised(error.to_string());
        let folder = tempfile::Builder::new().prefix("apono-demo-laptop-").tempdir()?;
        let mut seed = Zeroizing::new([0_u8; 32]);
        getrandom::fill(&mut *seed).map_err(std::io::Error::other)?;
        let mut key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
        key.set_comment("dana@laptop");
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.path().join("id_ed25519"))?
            .write_all(key.to_openssh(LineEnding::LF).map_err(broken)?.as_bytes())?;
        Ok(Self { folder, key })
    }

    /// The line of `id_ed25519.pub`.
    pub(super) fn public_key(&self) -> Result<String, DemoError> {
        let line = self.key.public_key().to_openssh();
        line.map_err(|error| DemoError::NotAsPromised(error.to_string()))
    }

    /// Runs the line from the window; `None` if the host let her in, otherwise the host's answer.
    pub(super) async fn logs_in(&self, shown: &Shown) -> Result<Option<String>, DemoError> {
        let folder = self.folder.path().display();
        fs::write(self.folder.path().join("cert.pub"), &shown.line)?;
        let words = shown.command.split(' ').skip(1).map(|word| {
            if word.starts_with("CertificateFile=") {
                format!("CertificateFile={folder}/cert.pub")
            } else if word.starts_with("~/") {
                format!("{folder}/id_ed25519")
            } else {
                word.to_owned()
            }
        });
        let ssh = Command::new("ssh")
            .args(OPTIONS.split(' '))
            .args(words)
            .arg("echo in")
            .env_remove("SSH_AUTH_SOCK")
            .kill_on_drop(true)
            .output();
        let Output {
            status,
            stdout,
            stderr,
        } = tokio::time::timeout(PATIENCE, ssh)
            .await
            .map_err(|_| DemoError::waited_for("the SSH server to answer"))??;
        let said = String::from_utf8_lossy(&stderr).trim().to_owned();
        if status.success() && stdout == b"in\n" {
            Ok(None)
        } else if said.contains("Permission denied") {
            let refusal = said.rsplit(": ").next().unwrap_or(&said);
            Ok(Some(refusal.to_owned()))
        } else {
            Err(DemoError::NotAsPromised(format!("ssh said: {said}")))
        }
    }
}

impl Shown {
    /// Reads the window's lines; `None` if one is missing.
    pub(super) fn read(window: &str) -> Option<Self> {
        let found = |start: &str| window.lines().find(|line| line.starts_with(start));
        let line = found("ssh-ed25519-cert-v01@openssh.com ")?;
        let (head, tail) = (line.get(..60)?, line.get(line.len() - 24..)?);
        let short = format!("{head} ... {tail}");
        let lines = window.lines().filter(|line| *line != "```");
        Some(Self {
            window: lines.collect::<Vec<_>>().join("\n").replace(line, &short),
            command: found("ssh -i ")?.to_owned(),
            certificate: Certificate::from_openssh(line).ok()?,
            line: line.to_owned(),
        })
    }

    /// When the certificate expires.
    pub(super) fn until(&self) -> Timestamp {
        Timestamp::from_seconds(i64::try_from(self.certificate.valid_before()).unwrap_or(i64::MAX))
    }

    /// What a host compares with the account somebody logs in to.
    pub(super) fn principals(&self) -> String {
        self.certificate.valid_principals().join(", ")
    }
}
