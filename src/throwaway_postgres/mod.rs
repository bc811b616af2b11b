//! A PostgreSQL server for a demo or a test: created in a temporary folder, reachable only on loopback, and gone when its
//! process ends.
//!
//! Invariant: however this process ends, `kill -9` included, the server stops and its folder is removed: a shell that holds
//! the other end of a pipe sees the pipe close and cleans up.

mod replica;
mod sample;

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

pub use self::sample::SampleTarget;

/// Where Debian and Ubuntu install the server's programs, one folder for each version.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// The cluster's owner inside the server.
pub const SUPERUSER: &str = "superuser";

/// A slow machine needs a few seconds; on a broken one no wait helps.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Another process can take the free port before the server does.
const TRIES: u32 = 3;

/// Runs the server until its standard input ends, then stops it and removes its folder.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$1" -D "$2/data" >"$2/server.log" 2>&1 &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ThrowawayError {
    #[error(
        "PostgreSQL's server programs (initdb, postgres) were not found; on Debian and Ubuntu: apt install postgresql"
    )]
    NotInstalled,
    #[error("PostgreSQL does not run as root, and this machine has no user postgres and no user nobody")]
    NoUser,
    #[error("initdb failed with {0}: {1}")]
    Initdb(ExitStatus, String),
    #[error("the server did not start: {0}")]
    NotReady(String),
    #[error("could not create a throwaway server: {0}")]
    Io(#[from] std::io::Error),
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct ThrowawayPostgres {
    folder: TempDir,
    port: u16,
    superuser_password: SecretString,
    supervisor: Child,
}

impl ThrowawayPostgres {
    /// Creates a cluster and waits until it accepts connections. Blocks for a few seconds.
    pub fn start() -> Result<Self, ThrowawayError> {
        let programs = find_programs().ok_or(ThrowawayError::NotInstalled)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::start_once(&programs) {
                Err(ThrowawayError::NotReady(_)) if tries < TRIES => {}
                result => return result,
            }
        }
    }

    fn start_once(programs: &Path) -> Result<Self, ThrowawayError> {
        let (folder, user) = make_folder()?;
        let superuser_password = SecretString::from(random_hex()?);
        make_cluster(programs, folder.path(), user, &superuser_password)?;
        let port = free_port()?;
        write_settings(folder.path(), port)?;
        Self::supervise(programs, folder, user, port, superuser_password)
    }

    /// Starts the server whose files are in `folder`, and waits until it accepts connections.
    fn supervise(
        programs: &Path,
        folder: TempDir,
        user: Option<User>,
        port: u16,
        superuser_password: SecretString,
    ) -> Result<Self, ThrowawayError> {
        let supervisor = as_user(Path::new("/bin/sh"), folder.path(), user)
            .envs(libraries(programs))
            .args(["-c", SUPERVISOR, "sh"])
            .arg(programs.join("postgres"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            // A Ctrl-C at the terminal is for the parent; the server ends with the parent, not before.
            .process_group(0)
            .spawn()?;
        let server = Self {
            folder,
            port,
            superuser_password,
            supervisor,
        };
        if wait_until_ready(server.folder.path()) {
            Ok(server)
        } else {
            Err(ThrowawayError::NotReady(server.log()?))
        }
    }

    /// The folder of its files, until it stops.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL of the superuser for `database`.
    pub fn superuser_url(&self, database: &str) -> SecretString {
        self.url(SUPERUSER, &self.superuser_password, database)
    }

    /// A URL for one of the server's roles. The texts are not encoded, so they may only be letters, digits and `_`.
    pub fn url(&self, user: &str, password: &SecretString, database: &str) -> SecretString {
        let password = password.expose_secret();
        let port = self.port;
        SecretString::from(format!(
            "postgres://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable"
        ))
    }

    /// The server's log, with every statement.
    pub fn log(&self) -> std::io::Result<String> {
        fs::read_to_string(self.folder.path().join("server.log"))
    }
}

impl Drop for ThrowawayPostgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Nobody is left to tell if this fails; dropping the folder removes what is still there.
        let _ = self.supervisor.wait();
    }
}

#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

/// A folder for one server, owned by the user it runs as.
fn make_folder() -> Result<(TempDir, Option<User>), ThrowawayError> {
    let folder = tempfile::Builder::new().prefix("apono-postgres-").tempdir()?;
    let user = unprivileged_user(folder.path())?;
    if let Some(user) = user {
        chown(folder.path(), Some(user.uid), Some(user.gid))?;
    }
    Ok((folder, user))
}

/// The folder with the server's programs: from `PATH`, otherwise the newest version's.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN_VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    std::env::split_paths(&path)
        .chain(versions.into_iter().map(|(_, folder)| folder))
        .filter(|folder| folder.join("initdb").is_file())
        // A link points to the folder of one version, which has the rest of the programs.
        .find_map(|folder| Some(folder.join("postgres").canonicalize().ok()?.parent()?.to_owned()))
}

/// The user the server runs as if we are root, because it refuses to run as root. The owner of `folder` is the user we are.
fn unprivileged_user(folder: &Path) -> Result<Option<User>, ThrowawayError> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        accounts.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields[..] {
                [account, _, uid, gid, ..] if account == name => Some(User {
                    uid: uid.parse().ok()?,
                    gid: gid.parse().ok()?,
                }),
                _ => None,
            }
        })
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .map(Some)
        .ok_or(ThrowawayError::NoUser)
}

/// Where programs that were unpacked into any folder find the libraries that came with them.
fn libraries(programs: &Path) -> Option<(&'static str, PathBuf)> {
    let folder = programs.parent()?.join("lib");
    let is_there = folder.join("libpq.so.5").exists();
    is_there.then_some(("LD_LIBRARY_PATH", folder))
}

fn as_user(program: &Path, folder: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command.envs(program.parent().and_then(libraries));
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

fn make_cluster(
    programs: &Path,
    folder: &Path,
    user: Option<User>,
    superuser_password: &SecretString,
) -> Result<(), ThrowawayError> {
    let password_file = folder.join("password");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&password_file)?;
    file.write_all(superuser_password.expose_secret().as_bytes())?;
    if let Some(user) = user {
        chown(&password_file, Some(user.uid), Some(user.gid))?;
    }
    let made = as_user(&programs.join("initdb"), folder, user)
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C"])
        .args(["--no-sync", "--pwfile"])
        .arg(&password_file)
        .arg("--pgdata")
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .output()?;
    fs::remove_file(&password_file)?;
    if !made.status.success() {
        return Err(ThrowawayError::Initdb(made.status, said(&made)));
    }
    for database in ["template1", "postgres"] {
        close_schema(programs, folder, user, database)?;
    }
    Ok(())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Before PostgreSQL 15 everybody may create objects there. `--single` runs the server without a network, for one database.
fn close_schema(
    programs: &Path,
    folder: &Path,
    user: Option<User>,
    database: &str,
) -> Result<(), ThrowawayError> {
    let mut server = as_user(&programs.join("postgres"), folder, user)
        .args(["--single", "-j", "-F", "-D"])
        .arg(folder.join("data"))
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = server.stdin.take() {
        input.write_all(b"REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n\n")?;
    }
    let done = server.wait_with_output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(ThrowawayError::Initdb(done.status, said(&done)))
    }
}

/// Only loopback, nothing flushed to disk, and every statement in the log.
fn write_settings(folder: &Path, port: u16) -> std::io::Result<()> {
    let settings = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 200\n\
         fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n\
         max_prepared_transactions = 10\n\
         password_encryption = 'scram-sha-256'\nlog_statement = 'all'\nlog_timezone = 'UTC'\n"
    );
    let path = folder.join("data/postgresql.auto.conf");
    fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)?
        .write_all(settings.as_bytes())
}

/// Reads the same file as `pg_ctl`: the server writes `ready` into the last line of its pid file, and removes the file when it
/// ends.
fn wait_until_ready(folder: &Path) -> bool {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        let pid_file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if pid_file.lines().last().is_some_and(|line| line.trim() == "ready") {
            return true;
        }
        let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        if log.contains("FATAL") {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn random_hex() -> std::io::Result<String> {
    let mut bytes = Zeroizing::new([0_u8; 16]);
    getrandom::fill(&mut *bytes).map_err(std::io::Error::other)?;
    Ok(data_encoding::HEXLOWER.encode(&*bytes))
}
