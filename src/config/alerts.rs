//! `[alerts]`: where alarms go and whom they mention; and the heartbeat, by which others notice that the bot is gone.

use std::ops::RangeInclusive;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::keys;
use super::slack::is_loopback;
use crate::access::flows::PersonRef;
use crate::document::{Document, Section, Value};
use crate::secrets::{SecretError, SecretRef};

const AUDIT_LAG: Duration = Duration::from_mins(15);
const SILENT_AFTER: Duration = Duration::from_mins(15);

/// A scheduled note is postponed every third of its time, and cannot be cancelled in its last minute.
const SILENT_RANGE: RangeInclusive<Duration> = Duration::from_mins(5)..=Duration::from_hours(24);

/// How alarms reach people.
#[derive(Clone, Debug)]
pub struct AlertsConfig {
    /// Name (a leading `#` dropped) or id of the channel that gets alarms; `None` means the audit channel.
    pub channel: Option<String>,
    /// Whom alarms mention; empty means the admins.
    pub mention: Vec<PersonRef>,
    /// The address that is fetched each minute while all is well.
    pub heartbeat: Option<HeartbeatUrl>,
    /// Nothing is granted while an event has been waiting longer than this to be posted to the audit channel.
    pub audit_lag: Duration,
    /// Slack posts a note if it has not heard from the bot for this long; `None` if that is turned off.
    pub silent_after: Option<Duration>,
}

/// The defaults, for when the section is missing or wrong.
impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            channel: None,
            mention: Vec::new(),
            heartbeat: None,
            audit_lag: AUDIT_LAG,
            silent_after: Some(SILENT_AFTER),
        }
    }
}

/// The address, or where to read it. It is secret: anyone who knows it can keep the alarm quiet.
#[derive(Clone, Debug)]
pub enum HeartbeatUrl {
    Plain(SecretString),
    Secret(SecretRef),
}

impl HeartbeatUrl {
    /// The current address.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Plain(url) => Ok(url.clone()),
            Self::Secret(reference) => reference.read(),
        }
    }
}

pub(super) fn read(root: &Section<'_>) -> AlertsConfig {
    let Some(section) = root.section("alerts", "[alerts]", keys::ALERTS) else {
        return AlertsConfig::default();
    };
    let doc = section.doc;
    let is_off = section
        .get("silent_after")
        .is_some_and(|v| v.get_ref().as_str() == Some("off"));
    AlertsConfig {
        channel: section.may("channel", |v| doc.channel(v)),
        mention: section.or("mention", Vec::new(), |v| {
            doc.full_list(
                v,
                "name people, or leave the line out to mention the admins",
                |item| doc.person(item),
            )
        }),
        heartbeat: section.may("heartbeat", |v| doc.heartbeat(v)),
        silent_after: if is_off {
            None
        } else {
            Some(section.or("silent_after", SILENT_AFTER, |v| doc.silent_time(v)))
        },
        audit_lag: section.or("audit_lag", AUDIT_LAG, |v| doc.duration(v)),
    }
}

/// Checks the address of a heartbeat; the sentence repeats no part of it.
pub(crate) fn judge_heartbeat_url(text: &str) -> Option<&'static str> {
    let fits = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if Url::parse(text).is_ok_and(|url| fits(&url)) {
        return None;
    }
    Some("A heartbeat needs an https:// address; http:// is only accepted for this machine (127.0.0.1).")
}

impl<'a> Document<'a> {
    /// How long the bot may be silent before Slack says so.
    fn silent_time(&self, value: &'a Value<'a>) -> Option<Duration> {
        let after = self.duration(value)?;
        if !SILENT_RANGE.contains(&after) {
            self.problem(value.span(), "Write a time from 5m to 24h, or \"off\".");
            return None;
        }
        Some(after)
    }

    fn heartbeat(&self, value: &'a Value<'a>) -> Option<HeartbeatUrl> {
        if value.get_ref().as_str().is_none() {
            return self.secret(value, judge_heartbeat_url).map(HeartbeatUrl::Secret);
        }
        let text = self.text(value)?;
        if let Some(problem) = judge_heartbeat_url(text) {
            self.problem(value.span(), problem);
            return None;
        }
        Some(HeartbeatUrl::Plain(text.into()))
    }
}
