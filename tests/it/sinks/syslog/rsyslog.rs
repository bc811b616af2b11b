//! A real rsyslog in a folder of its own.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::certified::Certified;
use crate::support::programs;

/// Runs it, and sends it each signal that it reads the name of. The end of the standard input, which comes with the end of this
/// process, ends it.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$@" >"$LOG" 2>&1 &
server=$!
while read -r signal; do kill -"$signal" "$server"; done
kill -KILL "$server"
wait "$server"
"#;

/// How it is reached.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Input {
    Tcp,
    Udp,
    Tls,
    /// Only by who shows a certificate of the authority.
    MutualTls,
}

/// It ends when this is dropped.
pub(super) struct Rsyslog {
    pub(super) folder: TempDir,
    pub(super) port: u16,
    program: PathBuf,
    input: Input,
    supervisor: Option<Child>,
}

impl Rsyslog {
    /// With a certificate for `localhost`. `None` only where it is not installed, and then the test says that it left itself out;
    /// with `APONO_REQUIRE_SYSLOG=1` the test fails.
    pub(super) fn start(input: Input) -> Option<Self> {
        Self::certified(input, &Certified::named("localhost"))
    }

    /// The authority is in its folder as `ca.pem`.
    pub(super) fn certified(input: Input, certified: &Certified) -> Option<Self> {
        let program = programs::find("rsyslogd", "rsyslog rsyslog-openssl", "APONO_REQUIRE_SYSLOG")?;
        let folder = tempfile::Builder::new()
            .prefix("apono-rsyslog-")
            .tempdir()
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        for (name, pem) in [
            ("ca.pem", certified.ca.clone()),
            ("cert.pem", certified.certificate.pem()),
            ("key.pem", certified.key.serialize_pem()),
        ] {
            fs::write(folder.path().join(name), pem).unwrap();
        }
        let mut server = Self {
            folder,
            port,
            program,
            input,
            supervisor: None,
        };
        fs::write(server.path("rsyslog.conf"), server.config()).unwrap();
        server.start_again();
        Some(server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Each message is a line: priority, time, host, program, process, kind, structured data, text.
    fn config(&self) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        let tls = |auth: &str| {
            format!(
                r#"module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="{auth}")"#
            )
        };
        let (module, input) = match self.input {
            Input::Tcp => (r#"module(load="imtcp")"#.to_owned(), "imtcp"),
            Input::Udp => (r#"module(load="imudp")"#.to_owned(), "imudp"),
            Input::Tls => (tls("anon"), "imtcp"),
            Input::MutualTls => (tls("x509/certvalid"), "imtcp"),
        };
        format!(
            r#"
global(workDirectory="{folder}" maxMessageSize="128k" net.enableDNS="off" processInternalMessages="on"
       defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{folder}/ca.pem"
       defaultNetstreamDriverCertFile="{folder}/cert.pem" defaultNetstreamDriverKeyFile="{folder}/key.pem")
{module}
input(type="{input}" port="{port}" address="127.0.0.1")
template(name="whole" type="string"
         string="%PRI% %timestamp:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA% %msg%\n")
if $programname == "apono" then action(type="omfile" file="{folder}/messages" template="whole")
else action(type="omfile" file="{folder}/own")
"#
        )
    }

    /// Begins where it was killed, on the same port.
    pub(super) fn start_again(&mut self) {
        let supervisor = Command::new("bash")
            .args(["-c", SUPERVISOR, "rsyslog"])
            .arg(&self.program)
            .args(["-n", "-f"])
            .arg(self.path("rsyslog.conf"))
            .arg("-i")
            .arg(self.path("pid"))
            .env("LOG", self.path("log"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.supervisor = Some(supervisor);
    }

    /// `STOP`: it reads no more, while its machine goes on taking what is sent.
    pub(super) fn signal(&mut self, name: &str) {
        let mut input = self.supervisor.as_ref().unwrap().stdin.as_ref().unwrap();
        writeln!(input, "{name}").unwrap();
    }

    /// It loses what it has not written yet.
    pub(super) fn kill(&mut self) {
        let mut supervisor = self.supervisor.take().unwrap();
        drop(supervisor.stdin.take());
        supervisor.wait().unwrap();
        let _ = fs::remove_file(self.path("pid"));
    }

    /// The messages so far.
    pub(super) fn messages(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("messages")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(str::to_owned).collect()
    }

    /// What it says about itself.
    pub(super) fn own(&self) -> String {
        fs::read_to_string(self.path("own")).unwrap_or_default()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        if self.supervisor.is_some() {
            self.kill();
        }
    }
}
