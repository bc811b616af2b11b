//! What is different in every installation, and what stands for it on the page.

use std::path::Path;

use crate::support::plain::replaced;

const INSTALL: &str = "…install…";
const HASH: &str = "…hash…";
const FINGERPRINT: &str = "…fingerprint…";
const PASSWORD: &str = "…password…";
const CERTIFICATE: &str = "…certificate…";
const PORT: &str = "…port…";
const VERSION: &str = "…version…";

/// All of them, for the preface.
pub(super) const ALL: [&str; 7] = [INSTALL, HASH, FINGERPRINT, PASSWORD, CERTIFICATE, PORT, VERSION];

/// Hashes of events, digests of configs.
const SHAPES: [(&str, &str); 7] = [
    ("/p9999999999999999)", "/p1894010401000000)"),
    (
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        HASH,
    ),
    ("· xxxxxxxxxxxx ·", "· …hash… ·"),
    ("(policy xxxxxxxxxxxx)", "(policy …hash…)"),
    ("Policy: xxxxxxxxxxxx", "Policy: …hash…"),
    ("From: xxxxxxxxxxxx", "From: …hash…"),
    ("To: xxxxxxxxxxxx", "To: …hash…"),
];

/// What a word stands after that is replaced, and what takes its place.
const WORDS_AFTER: [(&str, &str); 5] = [
    ("Password: ", PASSWORD),
    ("ssh-ed25519-cert-v01@openssh.com ", CERTIFICATE),
    ("PostgreSQL ", VERSION),
    ("SQLite ", VERSION),
    ("Version: ", VERSION),
];

#[derive(Default)]
pub(super) struct StandIns {
    /// Values that are known, such as a port.
    values: Vec<(String, String)>,
}

impl StandIns {
    /// Of a bot that runs in this folder, and whose target listens on this port.
    pub(super) fn of_target(port: u16, folder: &Path) -> Self {
        let mut stand_ins = Self::default();
        stand_ins.knows(&format!("{}/", folder.display()), "");
        stand_ins.knows(&format!("port={port} "), &format!("port={PORT} "));
        stand_ins.knows(&format!("Port: {port}"), &format!("Port: {PORT}"));
        stand_ins.knows(
            concat!("apono ", env!("CARGO_PKG_VERSION")),
            &format!("apono {VERSION}"),
        );
        stand_ins
    }

    pub(super) fn knows_install(&mut self, id: &str) {
        self.knows(id, INSTALL);
    }

    pub(super) fn knows_ca(&mut self, fingerprint: &str) {
        self.knows(fingerprint, &format!("SHA256:{FINGERPRINT}"));
    }

    fn knows(&mut self, value: &str, stands_for: &str) {
        self.values.push((value.to_owned(), stands_for.to_owned()));
    }

    /// The text with what stands for each of them.
    pub(super) fn put_into(&self, text: &str) -> String {
        let lines = text.lines().map(|line| self.put_into_line(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn put_into_line(&self, line: &str) -> String {
        let known = self
            .values
            .iter()
            .fold(line.to_owned(), |line, (value, stands_for)| {
                line.replace(value, stands_for)
            });
        let line = without_looks(&replaced(&known, &SHAPES));
        WORDS_AFTER.iter().fold(line, |line, (before, stands_for)| {
            word_after(&line, before, stands_for)
        })
    }
}

/// How often a target was looked at, and when, depends on how busy the machine is.
fn without_looks(line: &str) -> String {
    let Some((before, looks)) = line.split_once("no session at ") else {
        return line.to_owned();
    };
    let after = looks.find(';').map_or("", |end| &looks[end..]);
    format!("{before}no session at 30 looks{after}")
}

/// The line with another word behind `before`; a version is followed by how it was built, in brackets.
fn word_after(line: &str, before: &str, stands_for: &str) -> String {
    let Some((start, rest)) = line.split_once(before) else {
        return line.to_owned();
    };
    let (word, mut behind) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let is_version = stands_for == VERSION;
    if is_version && !word.starts_with(|c: char| c.is_ascii_digit()) {
        return line.to_owned();
    }
    if is_version && behind.starts_with(" (") {
        behind = behind.split_once(')').map_or(behind, |(_, behind)| behind);
    }
    format!("{start}{before}{stands_for}{behind}")
}
