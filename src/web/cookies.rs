//! The cookies of the portal. None can be read by a script, and off loopback none is sent without encryption.

use axum::http::{HeaderMap, HeaderValue, header};

use super::site::Site;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Opens the session.
    Session,
    /// Opens a link whose code was entered, until that is confirmed.
    Claim,
    /// Ties the form for the code to this browser.
    Door,
    /// Where to go after signing in.
    Next,
    /// Ties a sign-in with an issuer to this browser.
    Attempt,
    /// Times are shown in UTC.
    Zone,
}

/// How long a browser keeps those that lead to a session, in seconds: as long as a sign-in with an issuer may take, and longer than
/// a link lasts.
const BEFORE: u64 = 600;

/// In seconds.
const A_YEAR: u64 = 31_536_000;

impl Cookie {
    /// With the prefix, a browser takes it only from this host, encrypted.
    fn name(self, site: &Site) -> String {
        let name = match self {
            Self::Session => "session",
            Self::Claim => "claim",
            Self::Door => "door",
            Self::Next => "next",
            Self::Attempt => "attempt",
            Self::Zone => "zone",
        };
        if site.is_https() {
            format!("__Host-apono-{name}")
        } else {
            format!("apono-{name}")
        }
    }

    /// What the browser sent, if it sent exactly one.
    pub(super) fn read<'h>(self, site: &Site, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.name(site);
        let lines = headers.get_all(header::COOKIE).iter();
        let mut values = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(named, _)| *named == name)
            .map(|(_, value)| value);
        let first = values.next();
        first.filter(|value| !value.is_empty() && values.next().is_none())
    }

    /// The line that sets it. `value` is letters, digits, `-` and `_`.
    pub(super) fn set(self, site: &Site, value: &str) -> HeaderValue {
        // The session's own end is decided by the bot.
        let keep = match self {
            Self::Session => String::new(),
            Self::Zone => format!("; Max-Age={A_YEAR}"),
            Self::Claim | Self::Door | Self::Next | Self::Attempt => format!("; Max-Age={BEFORE}"),
        };
        self.line(site, value, &keep)
    }

    /// The line that removes it.
    pub(super) fn forget(self, site: &Site) -> HeaderValue {
        self.line(site, "", "; Max-Age=0")
    }

    fn line(self, site: &Site, value: &str, keep: &str) -> HeaderValue {
        let secure = if site.is_https() { "; Secure" } else { "" };
        let name = self.name(site);
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{keep}");
        HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}
