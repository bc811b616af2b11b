//! A real PgBouncer before the tests' PostgreSQL server.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use apono::throwaway_postgres::ThrowawayPostgres;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use url::Url;

use super::postgres_server;
use super::programs::find;

/// Runs it until the standard input ends, which it does with this process, and then removes its folder.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$1" "$2/pgbouncer.ini" 2>&1 &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

/// It ends when this is dropped.
pub(crate) struct PgBouncer {
    port: u16,
    supervisor: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// With settings of its own, such as `pool_mode = session`. None only where it is not installed, and then the test says that
    /// it left itself out; with `APONO_REQUIRE_PGBOUNCER=1` the test fails.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        let server = postgres_server::shared()?;
        let program = find("pgbouncer", "pgbouncer", "APONO_REQUIRE_PGBOUNCER")?;
        Some(Self::before(server, &program, settings))
    }

    fn before(server: &ThrowawayPostgres, program: &Path, settings: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("apono-pgbouncer-")
            .tempdir()
            .unwrap();
        // It refuses to run as root, as the server does.
        let owner = std::fs::metadata(server.folder()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url: Url = server.superuser_url("postgres").expose_secret().parse().unwrap();
        let (user, password) = (url.username(), url.password().unwrap());
        let config = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={user} password={password}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n{settings}\n",
            server.port()
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, config).unwrap();
        for path in [folder.path(), &file] {
            chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut supervisor = Command::new("/bin/sh")
            .current_dir(folder.path())
            .args(["-c", SUPERVISOR, "sh"])
            .arg(program)
            .arg(folder.path())
            .uid(owner.uid())
            .gid(owner.gid())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(supervisor.stdout.take().unwrap()).lines();
        let up = said.find(|line| !line.as_ref().is_ok_and(|line| !line.contains("process up")));
        assert!(up.is_some_and(|line| line.is_ok()), "pgbouncer did not start");
        // It keeps writing to its log, and must not be blocked by that.
        std::thread::spawn(move || said.for_each(drop));
        Self {
            port,
            supervisor,
            _folder: folder,
        }
    }

    /// The way through it to a database of the server's.
    pub(crate) fn url(&self, database: &str) -> SecretString {
        let port = self.port;
        SecretString::from(format!(
            "postgres://somebody@127.0.0.1:{port}/{database}?sslmode=disable"
        ))
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}
