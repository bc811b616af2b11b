//! An SSH server for a demo or a test: in a temporary folder, only on loopback, for the account that runs it, and gone when
//! its process ends.
//!
//! Invariant: it accepts only certificates. However this process ends, the server stops and its folder is removed: a shell
//! that holds the other end of a pipe sees the pipe close and cleans up.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};
use tempfile::TempDir;

/// Where Debian and Ubuntu install the server, which is not in everybody's `PATH`.
const USUAL: &str = "/usr/sbin";

/// sshd needs this folder when it runs as root; normally its service creates it.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

const READY_WITHIN: Duration = Duration::from_secs(20);

/// Another process can take the free port before the server does.
const TRIES: u32 = 3;

/// Runs the server until its standard input ends, then stops it and removes its folder.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$1" -D -e -f "$2/sshd_config" >"$2/server.log" 2>&1 &
server=$!
read -r _
kill -TERM "$server"
wait "$server"
rm -rf "$2"
"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum SshdError {
    #[error(
        "no SSH server and client (sshd, ssh) were found; on Debian and Ubuntu: apt install openssh-server openssh-client"
    )]
    NotInstalled,
    #[error("the account that runs this process is not in /etc/passwd")]
    NoAccount,
    #[error("the server did not start: {0}")]
    NotReady(String),
    #[error("could not create a throwaway server: {0}")]
    Io(#[from] std::io::Error),
    #[error("could not create its host key: {0}")]
    Key(#[from] ssh_key::Error),
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct ThrowawaySshd {
    folder: TempDir,
    port: u16,
    account: String,
    supervisor: Child,
}

impl ThrowawaySshd {
    /// Starts a server that lets in this process's own account with certificates that name it, or that name `account@resource`
    /// for one of these resources. It trusts no CA yet: see [`Self::trust`].
    pub fn start(resources: &[&str]) -> Result<Self, SshdError> {
        let program = find("sshd").ok_or(SshdError::NotInstalled)?;
        find("ssh").ok_or(SshdError::NotInstalled)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::start_once(&program, resources) {
                Err(SshdError::NotReady(_)) if tries < TRIES => {}
                result => return result,
            }
        }
    }

    fn start_once(program: &Path, resources: &[&str]) -> Result<Self, SshdError> {
        let folder = tempfile::Builder::new().prefix("apono-sshd-").tempdir()?;
        let uid = fs::metadata(folder.path())?.uid();
        if uid == 0 {
            fs::create_dir_all(PRIVILEGE_SEPARATION)?;
        }
        let account = account_of(uid)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        write_files(folder.path(), program, port, &account, resources)?;
        let supervisor = Command::new("/bin/sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(program)
            .arg(folder.path())
            .stdin(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent; the server ends with the parent, not before.
            .process_group(0)
            .spawn()?;
        let server = Self {
            folder,
            port,
            account,
            supervisor,
        };
        if server.is_ready() {
            Ok(server)
        } else {
            Err(SshdError::NotReady(server.log()?))
        }
    }

    /// From now on it accepts what this certificate authority signs; `line` is the CA's public key.
    pub fn trust(&self, line: &str) -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(self.folder.path().join("ca.pub"))?;
        // Replaced atomically, because the server may be reading it at this moment.
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// The folder of its files, until it stops.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The one account that it lets in.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What it logs about logins.
    pub fn log(&self) -> std::io::Result<String> {
        fs::read_to_string(self.folder.path().join("server.log"))
    }

    fn is_ready(&self) -> bool {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            let log = self.log().unwrap_or_default();
            if log.contains("Server listening") {
                return true;
            }
            if log.contains("fatal:") || log.contains("Cannot bind") {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for ThrowawaySshd {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Nobody is left to tell if this fails; dropping the folder removes what is still there.
        let _ = self.supervisor.wait();
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from(USUAL)])
        .map(|folder| folder.join(program))
        // sshd starts itself again for each login, by its absolute path.
        .find(|program| program.is_absolute() && program.is_file())
}

fn account_of(uid: u32) -> Result<String, SshdError> {
    let accounts = fs::read_to_string("/etc/passwd")?;
    let found = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid).then(|| name.to_owned())
    });
    found.ok_or(SshdError::NoAccount)
}

fn write_files(
    folder: &Path,
    program: &Path,
    port: u16,
    account: &str,
    resources: &[&str],
) -> Result<(), SshdError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut *seed).map_err(std::io::Error::other)?;
    let host_key = PrivateKey::from(Ed25519Keypair::from_seed(&seed)).to_openssh(LineEnding::LF)?;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.join("host_key"))?
        .write_all(host_key.as_bytes())?;
    fs::write(folder.join("ca.pub"), "")?;
    let with_resources = resources.iter().map(|resource| format!("{account}@{resource}\n"));
    let principals: String = [format!("{account}\n")]
        .into_iter()
        .chain(with_resources)
        .collect();
    fs::create_dir(folder.join("principals"))?;
    fs::write(folder.join("principals").join(account), principals)?;
    let settings = settings(folder, port);
    let config = folder.join("sshd_config");
    // Newer servers block an address that fails too often, and here everybody has the same address.
    fs::write(&config, format!("{settings}PerSourcePenalties no\n"))?;
    let knows_penalties = Command::new(program).arg("-t").arg("-f").arg(&config).output()?;
    if !knows_penalties.status.success() {
        fs::write(&config, settings)?;
    }
    Ok(())
}

/// Certificates only; the modes of the temporary folder's parents do not matter here.
fn settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host_key\nPidFile none\nStrictModes no\nUsePAM no\n\
         TrustedUserCAKeys {folder}/ca.pub\nAuthorizedPrincipalsFile {folder}/principals/%u\nAuthorizedKeysFile none\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n\
         MaxSessions 100\nLogLevel VERBOSE\n"
    )
}
