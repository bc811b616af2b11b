//! What may be in a PostgreSQL URL, for the bot's own database and for targets: only what the driver interprets as intended.
//!
//! Invariants: no sentence here repeats any part of a URL, because a part that looks harmless may be the password. The driver
//! only gets a URL that [`check`] accepted, because it logs the values of parameters that it ignores.

pub(crate) mod certificate;

use std::net::{IpAddr, Ipv6Addr};

use url::Url;

/// An environment variable; it applies if the URL says nothing.
const MODE_VARIABLE: &str = "PGSSLMODE";

const MODE: &str = "sslmode";
const ROOT: &str = "sslrootcert";
const CERT: &str = "sslcert";
const KEY: &str = "sslkey";

/// The other parameters that the driver interprets as intended; a target's URL has to write these before the `?`, where they
/// are easy to see.
const PLACES: [&str; 5] = ["host", "port", "dbname", "user", "password"];

const SHAPE: &str = "A PostgreSQL URL is postgres://user:password@host:port/database, with characters such as @ : / # in the password percent-encoded.";

const UNSAID: &str = "Write ?sslmode=verify-full at the end of this URL, or set PGSSLMODE: the connection leaves this machine, and without it anyone in between can pose as the server.";

const UNKNOWN_MODE: &str = "The sslmode must be verify-full, verify-ca, require, prefer or disable.";

/// What the database is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    /// People connect there too, so it has to be a host, not a socket.
    Target,
}

/// A URL that the driver interprets as intended.
pub(crate) struct Checked {
    url: Url,
}

/// Accepts a URL, or says what to write instead.
pub(crate) fn check(text: &str, whose: Whose) -> Result<Checked, &'static str> {
    let url = Url::parse(text).map_err(|_| SHAPE)?;
    // Everything after an unencoded # in a password would silently not be part of the URL.
    if !matches!(url.scheme(), "postgres" | "postgresql") || url.fragment().is_some() {
        return Err(SHAPE);
    }
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in url.query_pairs() {
        objection(&name, whose)?;
        if seen.iter().any(|other| *other == name) {
            return Err("Write each parameter only once in this URL: the driver uses the last one.");
        }
        if name == MODE {
            known_mode(&value)?;
        }
        seen.push(name.into_owned());
    }
    let has = |name: &str| seen.iter().any(|other| other == name);
    let checked = Checked { url };
    if has(CERT) != has(KEY) {
        return Err("Write both sslcert and sslkey, or neither.");
    }
    if has(ROOT) && checked.parameter(MODE).is_some_and(|mode| !verifies(&mode)) {
        return Err(
            "Write sslmode=verify-full or sslmode=verify-ca: with any other mode the driver ignores sslrootcert.",
        );
    }
    let written = checked.url.host_str().filter(|host| !host.is_empty());
    match (written, has("host"), whose) {
        (Some(_), true, _) => Err("Write the host once: before the path, or as host=."),
        (None, false, _) => Err(SHAPE),
        // A percent sign can only be an encoded socket path, and people cannot connect to that.
        (Some(host), false, Whose::Target) if host.contains('%') => {
            Err("Write a host, not a socket: people connect there too.")
        }
        (Some(_), false, Whose::Target) if checked.url.username().is_empty() => {
            Err("Write the bot's user before the host: postgres://user:password@host:port/database.")
        }
        (Some(_), false, _) | (None, true, _) => Ok(checked),
    }
}

impl Checked {
    /// As `psql` expects it: in a URL an IPv6 address is in brackets.
    pub(crate) fn host(&self) -> String {
        let written = self.url.host_str().filter(|host| !host.is_empty());
        written.map_or_else(
            || self.parameter("host").unwrap_or_default(),
            |host| host.trim_matches(['[', ']']).to_owned(),
        )
    }

    /// The one in the URL, or PostgreSQL's default.
    pub(crate) fn port(&self) -> u16 {
        let parameter = || self.parameter("port")?.parse().ok();
        self.url.port().or_else(parameter).unwrap_or(5432)
    }

    pub(crate) fn names_database(&self) -> bool {
        !self.url.path().trim_start_matches('/').is_empty() || self.parameter("dbname").is_some()
    }

    pub(crate) fn has_password(&self) -> bool {
        self.url.password().is_some() || self.parameter("password").is_some()
    }

    /// What to write if the URL leaves this machine and neither it nor the environment says how the connection is protected.
    pub(crate) fn unprotected(&self) -> Option<&'static str> {
        self.unprotected_with(std::env::var(MODE_VARIABLE).ok().as_deref())
    }

    fn unprotected_with(&self, from_environment: Option<&str>) -> Option<&'static str> {
        if self.parameter(MODE).is_some() || stays_here(&self.host()) {
            return None;
        }
        match from_environment {
            // The driver treats an unknown value as if it were not set.
            Some(mode) => known_mode(mode).err().map(|_| {
                "Write ?sslmode=verify-full at the end of this URL, because the connection leaves this machine: PGSSLMODE is not verify-full, verify-ca, require, prefer or disable."
            }),
            None => Some(UNSAID),
        }
    }

    /// Whether the URL leaves this machine with a mode that accepts any server as the right one.
    pub(crate) fn takes_any_server(&self) -> bool {
        let mode = self.parameter(MODE).or_else(|| std::env::var(MODE_VARIABLE).ok());
        mode.is_some_and(|mode| !verifies(&mode)) && !stays_here(&self.host())
    }

    fn parameter(&self, wanted: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        let found = pairs.find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    }
}

/// A sentence of this module as it reads after a colon.
pub(crate) fn behind_a_colon(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A parameter that the driver ignores, that it interprets differently from PostgreSQL's own programs, or that apono sets
/// itself.
fn objection(name: &str, whose: Whose) -> Result<(), &'static str> {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_option = name == "options" || (name.starts_with("options[") && name.ends_with(']'));
    Err(match (name, whose) {
        (MODE | ROOT | CERT | KEY, _) => return Ok(()),
        (name, Whose::Ours) if PLACES.contains(&name) || is_option => return Ok(()),
        (name, Whose::Target) if PLACES.contains(&name) => {
            "Write host, port, database, user and password before the ?: postgres://user:password@host:port/database."
        }
        ("ssl", _) => {
            "Write sslmode=verify-full (or verify-ca, or require) instead of ssl, which the driver ignores."
        }
        ("sslpassword", _) => {
            "Remove sslpassword, which the driver ignores: it only reads unencrypted keys, so protect the key with its file's mode."
        }
        ("hostaddr", _) => {
            "Write the host instead of hostaddr: the driver would compare hostaddr with the name in the server's certificate."
        }
        _ if [MODE, ROOT, CERT, KEY, "sslca"].contains(&plain.as_str()) => {
            "Spell sslmode, sslrootcert, sslcert and sslkey exactly like this: the driver ignores other spellings, or accepts some that other programs do not."
        }
        (_, Whose::Target) => {
            "Remove everything after the ? except sslmode, sslrootcert, sslcert and sslkey: the driver ignores it, or apono sets it. Write a ? in the password as %3F."
        }
        (_, Whose::Ours) => {
            "Remove everything after the ? except sslmode, sslrootcert, sslcert, sslkey, host, port, dbname, user, password and options: the driver ignores it, or apono sets it. Write a ? in the password as %3F."
        }
    })
}

fn known_mode(mode: &str) -> Result<(), &'static str> {
    match mode.to_ascii_lowercase().as_str() {
        "verify-full" | "verify-ca" | "require" | "prefer" | "disable" => Ok(()),
        "allow" => Err("Write another sslmode instead of allow: the driver treats allow as disable."),
        _ => Err(UNKNOWN_MODE),
    }
}

fn verifies(mode: &str) -> bool {
    mode.to_ascii_lowercase().starts_with("verify-")
}

/// A socket, or an address of this machine.
fn stays_here(host: &str) -> bool {
    let is_socket = host.starts_with('/')
        || host
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("%2f"));
    let mapped = |address: Ipv6Addr| address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback());
    is_socket
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| match address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_loopback() || mapped(address),
        })
}

#[cfg(test)]
mod url_tests;
