//! `apono demo`, as a newcomer runs it: the real binary, its exit code, what it says, and what it leaves behind.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::support::{postgres_server, ssh_server};
use crate::web::browser::Browser;

/// A demo that runs, with a temporary folder of its own.
struct Demo {
    child: Child,
    lines: BufReader<ChildStdout>,
    temporary: TempDir,
}

impl Demo {
    /// None only where PostgreSQL is not installed.
    fn start(arguments: &[&str]) -> Option<Self> {
        postgres_server::shared()?;
        Some(Self::run(arguments))
    }

    fn run(arguments: &[&str]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        // Like /tmp: where the test runs as root, the server runs as somebody else.
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_apono"))
            .arg("demo")
            .args(arguments)
            .env("TMPDIR", temporary.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            lines,
            temporary,
        }
    }

    /// What it has said up to a line that contains these words.
    fn until(&mut self, words: &str) -> String {
        let mut said = String::new();
        loop {
            let before = said.len();
            let read = self.lines.read_line(&mut said).unwrap();
            assert!(read > 0, "it never said {words:?}, but:\n{said}");
            if said[before..].contains(words) {
                return said;
            }
        }
    }

    fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Its exit code and the rest of what it says; by then nothing of it may be left, neither a file nor a process.
    fn ends(mut self) -> (i32, String) {
        let mut said = String::new();
        self.lines.read_to_string(&mut said).unwrap();
        let mut complaints = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut complaints)
            .unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        assert_eq!(complaints, "", "after:\n{said}");
        let left: Vec<_> = fs::read_dir(self.temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let folder = self.temporary.path().to_str().unwrap();
        let processes = processes_that_name(folder);
        assert!(processes.is_empty(), "still running: {processes:?}");
        (code, said)
    }
}

/// Command lines that hold `words`; none where the system does not show them as files.
fn processes_that_name(words: &str) -> Vec<String> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("cmdline")).ok())
        .filter(|command_line| command_line.contains(words))
        .collect()
}

fn assert_in_order(said: &str, wanted: &[&str]) {
    let mut rest = said;
    for words in wanted {
        let Some(at) = rest.find(words) else {
            panic!("{words:?} is missing, or not in its place, in:\n{said}");
        };
        rest = &rest[at + words.len()..];
    }
}

/// The lines of the README's excerpt, with zeros for numbers that differ from run to run.
fn excerpt() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```text\n").unwrap();
    let lines = rest.split("```").next().unwrap().lines();
    lines
        .filter(|line| !line.is_empty())
        .map(without_numbers)
        .collect()
}

fn without_numbers(line: &str) -> String {
    line.chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect()
}

#[test]
fn the_readme_shows_what_the_demo_says() {
    let Some(demo) = Demo::start(&[]) else { return };
    let (code, said) = demo.ends();
    assert_eq!(code, 0, "{said}");
    let excerpt = excerpt();
    assert!(excerpt.len() > 5, "{excerpt:?}");
    assert_in_order(
        &without_numbers(&said),
        &excerpt.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[test]
fn the_demo_plays_the_main_job_checks_its_trail_and_leaves_nothing_behind() {
    let Some(demo) = Demo::start(&["--full"]) else {
        return;
    };
    let (code, said) = demo.ends();
    assert_eq!(code, 0, "{said}");
    assert_in_order(
        &said,
        &[
            "1. Access that expires automatically",
            "/apono request",
            "Dana, in the window \"Request access\"",
            "Permissions: read   (offered: read, write)",
            "Omar, in a direct message from the bot",
            "AR-1 · Pending Dana Ito (dana@example.com) asks for read on shop (shop-db)",
            "[Approve] [Reject]",
            "Omar clicks Approve",
            "Granted AR-1: you have read on shop (shop-db)",
            "#permissions-audit",
            "REQUESTED AR-1",
            "APPROVED AR-1",
            "GRANTED AR-1",
            "Password: ",
            "logged in",
            "from the click on Connect to a working login)",
            "Wanjiru   9900",
            "refused: permission denied for table orders",
            "the query was cut off: terminating connection due to administrator command",
            "from the expiry to the cut)",
            "a new login is refused: ",
            "Ended AR-1",
            "CREDENTIALS SHOWN AR-1",
            "EXPIRED AR-1 on time",
            "CLEANED UP AR-1",
            "2. A request that is rejected",
            "Priya clicks Reject",
            "Rejected AR-2",
            "REJECTED AR-2 by Priya Shah",
            "3. Access that an admin ends early",
            "GRANTED AR-3",
            "Ada clicks Revoke",
            "the query was cut off: ",
            "a new login is refused: ",
            "REVOKED AR-3",
            "4. Login with an SSH certificate",
            "Dana clicks Connect, and a window asks for her key",
            "ssh -i ~/.ssh/id_ed25519",
            "EXPIRED AR-4 on time",
            "What is left",
            "4 requests, ",
            " in #permissions-audit; the trail is intact, head",
            "Dana's 2 passwords and 2 certificates are in none of the ",
            "No login created by the bot is left on the database server.",
            "Everything is stopped and removed.",
            "What next",
            "apono demo --keep",
        ],
    );
    assert!(!said.contains('\x1b'), "colours are for terminals");
    let long = said.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None, "wider than 100 columns");
}

#[test]
fn the_demo_plays_with_ssh_alone_where_there_is_no_postgresql() {
    if ssh_server::shared().is_none() {
        return;
    }
    let (code, said) = Demo::run(&["--ssh-only", "--full"]).ends();
    assert_eq!(code, 0, "{said}");
    assert_in_order(
        &said,
        &[
            "the demo shows SSH only",
            "1. Login with an SSH certificate",
            "AR-1 · Pending Dana Ito (dana@example.com) asks for login on bastion (bastion-ssh)",
            "Dana clicks Connect, and a window asks for her key",
            "Public key: ssh-ed25519",
            "logged in as ",
            "refused: Permission denied (publickey).",
            "the bot remembers her key, and it is already selected",
            "logged in as ",
            "refused: Permission denied (publickey).",
            "EXPIRED AR-1 on time",
            "2. A request that is rejected",
            "3. Access that an admin ends early",
            "logged in as ",
            "AR-3 · Revok",
            "refused: Permission denied (publickey).",
            "REVOKED AR-3",
            "the last one expired at ",
            "3 requests, ",
            "Dana's 0 passwords and 3 certificates are in none of the ",
            "Everything is stopped and removed.",
        ],
    );
    let long = said.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None, "wider than 100 columns");
}

/// What the simulator's control API answers.
fn control(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut control = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        control,
        "{method} /control{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    control.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split(from).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {from:?} in:\n{text}"));
    rest.split(to).next().unwrap()
}

/// Signs in with the link and the code that the bot told somebody.
async fn signed_in(told: &str) -> Browser {
    let origin = format!("http://{}", between(told, "http://", "/sign-in/"));
    let path = format!("/sign-in/{}", &between(told, "/sign-in/", "\n")[..32]);
    let mut browser = Browser::new(&origin);
    let page = browser.open(&path).await;
    let code = between(told, "*`", "`*");
    let page = browser
        .send(&path, &[("form", &page.token()), ("code", code)])
        .await;
    let page = browser.send("/sign-in", &[("form", &page.token())]).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"), "{}", page.text());
    browser
}

/// What `apono audit verify` says about the demo that is running.
fn verified(config: &str, more: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_apono"))
        .args(["audit", "verify", "--config", config])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_kept_has_a_history_and_can_be_played_on_until_it_is_told_to_stop() {
    let Some(mut demo) = Demo::start(&["--keep", "--days", "9", "--people", "14"]) else {
        return;
    };
    let made = demo.until("days before are made up");
    assert!(made.contains("The 9 days before are made up: "), "{made}");
    assert!(made.contains(" requests by 14 people"), "{made}");
    demo.until("Your turn");
    let example = demo.until("    curl ");
    let address = example
        .split_whitespace()
        .find_map(|word| word.strip_suffix("/control"))
        .unwrap_or_else(|| panic!("no address in {example}"))
        .trim_start_matches("http://")
        .to_owned();
    let told = demo.until("The bot's config is ");

    // Ada's link is the one that was printed; Sam asks for his own.
    let mut ada = signed_in(&told).await;
    let command = r#"{"command":"/apono","text":"portal"}"#;
    control(&address, "POST", "/people/sam/command", command);
    let told_to_sam = loop {
        let read = control(&address, "GET", "/people/sam/ephemerals", "");
        if read.contains("/sign-in/") {
            break read;
        }
    };
    let mut sam = signed_in(&told_to_sam).await;
    let old = sam.open("/activity?created=9d..2d").await.text();
    assert!(old.matches("AR-").count() > 9 && old.contains("Revoked"), "{old}");
    let first = sam.open("/requests/AR-1").await.text();
    assert_in_order(&first, &["AR-1: ", "Timeline", "Requested by ", "asked: "]);
    let figures = sam.open("/dashboard?days=7").await.text();
    assert_in_order(&figures, &["Requests", "to its decision", "Omar Khan"]);
    let live = ada.open("/active").await.text();
    assert!(
        live.contains("shop") || live.contains("bastion") || live.contains("web-"),
        "{live}"
    );
    let log = sam.open("/log?event=frozen").await.text();
    assert_in_order(&log, &["verified from #1 to ", "FROZEN", "fleet-ssh by Ada Lind"]);

    let config = between(&told, "The bot's config is ", ".toml").to_owned() + ".toml";
    let intact = verified(&config, &[]);
    assert!(intact.starts_with("The trail is intact: "), "{intact}");
    let compared = verified(&config, &["--online"]);
    assert!(compared.contains("It fits the audit channel"), "{compared}");
    let channel = control(&address, "GET", "/messages?channel=permissions-audit", "");
    assert!(channel.contains(" of a made-up history"), "{channel}");

    demo.terminate();
    let (code, said) = demo.ends();
    assert_eq!(code, 0, "{said}");
    assert_in_order(&said, &["Ctrl-C stops", "Everything is stopped and removed."]);
}

#[test]
fn a_history_belongs_to_a_demo_that_is_kept_and_has_bounds() {
    for (arguments, complaint) in [
        (&["--days", "9"][..], "--keep"),
        (&["--keep", "--days", "1"], "1 is not in 2..=366"),
        (&["--keep", "--people", "101"], "101 is not in 8..=100"),
    ] {
        let done = Command::new(env!("CARGO_BIN_EXE_apono"))
            .arg("demo")
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains(complaint), "{said}");
    }
}

#[test]
fn a_demo_that_is_told_to_stop_in_the_middle_leaves_nothing_behind() {
    let Some(mut demo) = Demo::start(&[]) else { return };
    demo.until("logged in");
    demo.terminate();
    let (code, said) = demo.ends();
    assert_eq!(code, 130, "{said}");
    assert_in_order(&said, &["Everything is stopped and removed."]);
    assert!(!said.contains("2. A request"), "{said}");
}
