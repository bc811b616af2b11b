//! A host as its administrators have it, in a mount namespace of its own, where the account that runs this has a home of
//! the test's: what a login leaves there is gone with the test.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// A second name of the account, as which nobody was ever granted anything.
pub(crate) const OTHER: &str = "another";

/// Runs the server until standard input ends; `$1` unshares, and without root a second namespace gives back the user.
const SUPERVISOR: &str = r#"
server() {
    mount --bind "$1/passwd" /etc/passwd || exit 1
    if [ "$3" = 0 ]; then exec "$2" -D -e -f "$1/sshd_config"; fi
    exec unshare -U --map-user="$3" --map-group="$4" "$2" -D -e -f "$1/sshd_config"
}
if [ "$1" = inside ]; then shift; server "$@"; fi
trap '' INT TERM HUP
unshare $5 sh "$0" inside "$1" "$2" "$3" "$4" &
server=$!
read -r _
kill -TERM "$server"
wait "$server"
"#;

/// A running server. It stops when this is dropped.
pub(crate) struct Host {
    folder: TempDir,
    pub(crate) port: u16,
    pub(crate) account: String,
    log: Arc<Mutex<String>>,
    supervisor: Child,
}

impl Host {
    /// With these lines in its `sshd_config`, where `/etc/ssh/` stands for [`Host::folder`], and these files there. None
    /// where the machine gives no namespaces, and then the test says that it left itself out.
    pub(crate) fn start(lines: &str, files: &[(&str, &str)]) -> Option<Self> {
        super::ssh_server::shared()?;
        let folder = tempfile::tempdir().unwrap();
        let (uid, gid) = fs::metadata(folder.path())
            .map(|it| (it.uid(), it.gid()))
            .unwrap();
        if uid == 0 {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("home")).unwrap();
        let account = write_passwd(&at("passwd"), &at("home"), uid);
        for (name, text) in files {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), text).unwrap();
        }
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(at("host_key"))
            .status()
            .unwrap();
        assert!(made.success());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let lines = lines.replace("/etc/ssh", folder.path().to_str().unwrap());
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel VERBOSE\n{lines}",
            at("host_key").display()
        );
        fs::write(at("sshd_config"), config).unwrap();
        let script = at("supervisor");
        fs::write(&script, SUPERVISOR).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        let supervisor = Command::new("sh")
            .arg(&script)
            .arg(folder.path())
            .arg(program())
            .args([uid.to_string(), gid.to_string()])
            .arg(if uid == 0 { "-m" } else { "-rm" })
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut host = Self {
            folder,
            port,
            account,
            log: Arc::default(),
            supervisor,
        };
        host.is_ready().then_some(host)
    }

    /// The account's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The line that somebody logs in with who has a key alone.
    pub(crate) fn line(&self) -> String {
        let (port, account) = (self.port, &self.account);
        format!("ssh -i ~/.ssh/id_ed25519 -o IdentitiesOnly=yes -p {port} {account}@127.0.0.1")
    }

    /// Reads what the server says until it listens; a thread reads on.
    fn is_ready(&mut self) -> bool {
        let mut said = BufReader::new(self.supervisor.stderr.take().unwrap()).lines();
        for line in said.by_ref() {
            let line = line.unwrap() + "\n";
            self.log.lock().unwrap().push_str(&line);
            if line.contains("Server listening") {
                let log = Arc::clone(&self.log);
                std::thread::spawn(move || {
                    for line in said.map_while(Result::ok) {
                        log.lock().unwrap().push_str(&(line + "\n"));
                    }
                });
                return true;
            }
            if line.starts_with("unshare:") || line.starts_with("mount:") {
                let required = std::env::var_os("APONO_REQUIRE_SSHD").is_some_and(|v| v == "1");
                assert!(!required, "no namespace could be had: {line}");
                let thread = std::thread::current();
                let test = thread.name().unwrap_or("a test");
                let line = format!("left out {test}: this machine gives no mount namespaces\n");
                std::io::stderr().write_all(line.as_bytes()).unwrap();
                return false;
            }
        }
        panic!("the host did not start: {}", self.log());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// The machine's accounts, but ours lives in `home`, under a second name too. Returns its name.
fn write_passwd(path: &Path, home: &Path, uid: u32) -> String {
    let all = fs::read_to_string("/etc/passwd").unwrap();
    let id = uid.to_string();
    let is_ours = |line: &&str| line.split(':').nth(2) == Some(&id);
    let ours = all.lines().find(is_ours).unwrap();
    let fields: Vec<&str> = ours.split(':').collect();
    let home = home.display();
    let (name, gid) = (fields[0], fields[3]);
    let others: Vec<&str> = all.lines().filter(|line| !is_ours(line)).collect();
    let text = format!(
        "{name}:x:{uid}:{gid}::{home}:/bin/sh\n{OTHER}:x:{uid}:{gid}::{home}:/bin/sh\n{}\n",
        others.join("\n")
    );
    fs::write(path, text).unwrap();
    name.to_owned()
}

/// sshd starts itself again for each login, by its absolute path.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("sshd"))
        .find(|program| program.is_absolute() && program.is_file())
        .unwrap()
}
