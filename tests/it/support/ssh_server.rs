//! One throwaway SSH server for all tests of this binary, and people with keys who log in there by OpenSSH's own client.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use apono::integrations::AccessDetails;
use apono::throwaway_sshd::{SshdError, ThrowawaySshd};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// No settings of this machine, no questions, and no memory of hosts.
const USUAL: &str =
    "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";

static SERVER: OnceLock<Option<ThrowawaySshd>> = OnceLock::new();

/// The resources that the server is known by, where a certificate names one.
pub(crate) const RESOURCES: [&str; 1] = ["bastion"];

/// None only where OpenSSH is not installed, and then the test says that it left itself out.
///
/// With `APONO_REQUIRE_SSHD=1` nothing is left out: the test fails.
pub(crate) fn shared() -> Option<&'static ThrowawaySshd> {
    let server = SERVER.get_or_init(|| match ThrowawaySshd::start(&RESOURCES) {
        Ok(server) => Some(server),
        Err(SshdError::NotInstalled) if std::env::var_os("APONO_REQUIRE_SSHD").is_none_or(|v| v != "1") => {
            None
        }
        Err(error) => panic!("{error}"),
    });
    if server.is_none() {
        // Written past the test runner, which shows nothing of a test that passes.
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("left out {test}: {}\n", SshdError::NotInstalled);
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    server.as_ref()
}

/// The certificate in a block to paste.
pub(crate) fn certificate_in(details: &AccessDetails) -> &str {
    let mut lines = details.command.expose_secret().lines();
    lines
        .find(|line| line.contains("-cert-v01@openssh.com "))
        .unwrap()
}

/// The line of the block that logs in, and those for other logins.
pub(crate) fn logins_in(details: &AccessDetails) -> String {
    let login = details.command.expose_secret().lines().last().unwrap();
    format!("{login}\n{}", details.others).trim().to_owned()
}

/// Somebody's machine: a private key that never leaves it.
pub(crate) struct Laptop {
    folder: TempDir,
}

impl Laptop {
    /// With a new key, made as people make it: `ed25519`, `ecdsa`, `rsa`.
    pub(crate) fn with_key(kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", "dana@laptop", "-f"])
            .arg(folder.path().join("id"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { folder }
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("id")
    }

    pub(crate) fn public_key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("id.pub")).unwrap()
    }

    /// `SHA256:...`, as the person sees it.
    pub(crate) fn fingerprint(&self) -> String {
        let listed = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(self.folder.path().join("id.pub"))
            .output()
            .unwrap();
        let line = String::from_utf8(listed.stdout).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    }

    /// What `ssh-keygen -L` says of a certificate, without its first line, which names a file.
    pub(crate) fn explain(&self, certificate: &str) -> String {
        let file = self.save(certificate);
        let listed = Command::new("ssh-keygen").arg("-Lf").arg(file).output().unwrap();
        assert!(listed.status.success(), "{listed:?}");
        let text = String::from_utf8(listed.stdout).unwrap();
        text.lines().skip(1).collect::<Vec<_>>().join("\n")
    }

    /// Saves the certificate and runs the line that came with it, with `options` for ssh and then `command` behind.
    pub(crate) async fn runs(&self, line: &str, certificate: &str, options: &str, command: &str) -> Output {
        let file = self.save(certificate);
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                if word.starts_with("CertificateFile=") {
                    format!("CertificateFile={}", file.display())
                } else if word.starts_with("~/") {
                    self.key_file().display().to_string()
                } else {
                    word.to_owned()
                }
            })
            .collect();
        tokio::process::Command::new("ssh")
            .args(USUAL.split(' '))
            .args(options.split(' ').filter(|word| !word.is_empty()))
            .args(&words[1..])
            .arg(command)
            .env_remove("SSH_AUTH_SOCK")
            .kill_on_drop(true)
            .output()
            .await
            .unwrap()
    }

    /// Their home, with the key where OpenSSH puts it.
    pub(crate) fn home(&self) -> PathBuf {
        let ssh = self.folder.path().join(".ssh");
        if !ssh.exists() {
            std::fs::create_dir(&ssh).unwrap();
            std::fs::copy(self.key_file(), ssh.join("id_ed25519")).unwrap();
        }
        self.folder.path().to_owned()
    }

    /// Pastes a block into a shell whose `ssh` takes no settings of this machine and says `in` on the host. `None` if there is no
    /// such shell here.
    pub(crate) async fn pastes(&self, shell: &str, block: &str) -> Option<Output> {
        let programs = self.home().join("bin");
        let path = std::env::var("PATH").unwrap();
        std::fs::create_dir_all(&programs).unwrap();
        let wrapper = format!("#!/bin/sh\nPATH='{path}' exec ssh {USUAL} \"$@\" 'echo in' < /dev/null\n");
        std::fs::write(programs.join("ssh"), wrapper).unwrap();
        std::fs::set_permissions(programs.join("ssh"), PermissionsExt::from_mode(0o700)).unwrap();
        let pasted = self.home().join("pasted");
        std::fs::write(&pasted, block).unwrap();
        let output = tokio::process::Command::new(shell)
            .stdin(std::fs::File::open(pasted).unwrap())
            .env("HOME", self.home())
            .env("PATH", format!("{}:{path}", programs.display()))
            .env_remove("SSH_AUTH_SOCK")
            .kill_on_drop(true)
            .output()
            .await;
        match output {
            Ok(output) => Some(output),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether the server lets them in.
    pub(crate) async fn gets_in(&self, line: &str, certificate: &str) -> bool {
        let output = self.runs(line, certificate, "", "echo in").await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() || said.contains("Permission denied"),
            "neither in nor refused: {output:?}"
        );
        output.stdout == b"in\n"
    }

    fn save(&self, certificate: &str) -> PathBuf {
        let file = self.folder.path().join("saved-cert.pub");
        std::fs::write(&file, certificate).unwrap();
        file
    }
}
