//! A streaming replica of a throwaway server: a hot standby that people can read from.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use secrecy::ExposeSecret;

use super::{SUPERUSER, ThrowawayError, ThrowawayPostgres, as_user, find_programs, free_port, make_folder};

impl ThrowawayPostgres {
    /// Copies the server and starts the copy as its replica. Blocks for a few seconds.
    pub fn start_replica(&self) -> Result<Self, ThrowawayError> {
        let programs = find_programs().ok_or(ThrowawayError::NotInstalled)?;
        let (folder, user) = make_folder()?;
        let data = folder.path().join("data");
        let copied = as_user(&programs.join("pg_basebackup"), folder.path(), user)
            .args(["--host", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--username", SUPERUSER, "--no-password"])
            .args(["--write-recovery-conf", "--wal-method", "stream"])
            .args(["--checkpoint", "fast", "--no-sync", "--pgdata"])
            .arg(&data)
            .env("PGPASSWORD", self.superuser_password.expose_secret())
            .stdin(Stdio::null())
            .output()?;
        if !copied.status.success() {
            let said = String::from_utf8_lossy(&copied.stderr).into_owned();
            return Err(ThrowawayError::NotReady(said));
        }
        let port = free_port()?;
        // The last line of a setting wins, and the copy still has the first server's port.
        fs::OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.auto.conf"))?
            .write_all(format!("port = {port}\n").as_bytes())?;
        Self::supervise(&programs, folder, user, port, self.superuser_password.clone())
    }
}
