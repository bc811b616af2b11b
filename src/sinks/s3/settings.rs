//! The keys of `kind = "s3"`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::S3;
use super::bucket::Bucket;
use crate::access::time::Timestamp;
use crate::document::{Document, Section, Value};
use crate::secrets::SecretRef;
use crate::sinks::address::Address;
use crate::sinks::{Around, Fault, Most, Sink, SinkSettings};

/// Of an object.
const MOST_RECORDS: usize = 1_000;
const MOST_BYTES: usize = 4 << 20;

/// How long events are gathered unless the config says otherwise.
const EVERY: Duration = Duration::from_mins(5);

/// S3 locks nothing for longer than a hundred years.
const MOST_DAYS: u32 = 36_500;

/// Where objects go, and what protects them.
#[derive(Clone, Debug)]
pub(super) struct S3Settings {
    /// `None`: Amazon's own for the region.
    pub(super) endpoint: Option<Address>,
    pub(super) bucket: String,
    pub(super) region: String,
    /// Without slashes at its ends.
    pub(super) prefix: Option<String>,
    pub(super) keys: Keys,
    pub(super) lock: Option<Lock>,
    every: Duration,
}

/// What requests are signed with.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) id: SecretRef,
    pub(super) secret: SecretRef,
    pub(super) session_token: Option<SecretRef>,
}

/// How objects are protected from being deleted or replaced.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    /// As in the header.
    pub(super) mode: &'static str,
    keep_for: Duration,
}

impl Lock {
    /// `2027-11-30T12:00:01Z`: the next whole second, since no more than those is accepted everywhere.
    pub(super) fn until(&self, now: Timestamp) -> String {
        let end = Timestamp::from_seconds(now.plus(self.keep_for).seconds() + 1);
        format!("{}Z", &end.to_rfc3339()[..19])
    }
}

impl SinkSettings for S3Settings {
    fn most(&self) -> Most {
        Most {
            records: MOST_RECORDS,
            bytes: MOST_BYTES,
            wait: self.every,
        }
    }

    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault> {
        Ok(Box::new(S3 {
            bucket: Bucket::new(self.clone(), &around.network)?,
            settings: self.clone(),
            install: around.install.to_string(),
            locks: false,
        }))
    }
}

/// `None` only if a problem was recorded.
pub(super) fn read(section: &Section<'_>) -> Option<S3Settings> {
    let doc = section.doc;
    let endpoint = section.may("endpoint", |v| doc.sink_address(v));
    let bucket = section.must("bucket", "\"apono-trail\"", |v| {
        // A name with dots fits no certificate as the first part of a host.
        doc.made_of(v, if section.has("endpoint") { ".-" } else { "-" }, 3..=63)
    });
    let region = section.must("region", "\"eu-central-1\"", |v| doc.made_of(v, "-", 1..=63));
    let prefix = section.may("prefix", |v| doc.prefix(v));
    let id = section.must("access_key_id", "{ env = \"S3_ACCESS_KEY_ID\" }", |v| {
        doc.secret(v, |_| None)
    });
    let secret = section.must("secret_access_key", "{ env = \"S3_SECRET_ACCESS_KEY\" }", |v| {
        doc.secret(v, |_| None)
    });
    let session_token = section.may("session_token", |v| doc.secret(v, |_| None));
    let every = section.or("every", EVERY, |v| doc.duration(v));
    let lock = if let Some(mode) = read_mode(section) {
        let keep_for = section.must("keep_for", "\"365d\"", |v| doc.days(v))?;
        Some(Lock { mode, keep_for })
    } else {
        if section.has("keep_for") {
            let problem = "Without a lock there is no keep_for; leave one of the two lines out.";
            doc.problem(section.span.clone(), problem);
        }
        None
    };
    Some(S3Settings {
        endpoint,
        bucket: bucket?,
        region: region?,
        prefix,
        keys: Keys {
            id: id?,
            secret: secret?,
            session_token,
        },
        lock,
        every,
    })
}

/// As in the header; `None`: nothing is locked.
fn read_mode(section: &Section<'_>) -> Option<&'static str> {
    let doc = section.doc;
    section.or("lock", Some("COMPLIANCE"), |v| match doc.text(v)? {
        "compliance" => Some(Some("COMPLIANCE")),
        "governance" => Some(Some("GOVERNANCE")),
        "off" => Some(None),
        _ => {
            doc.problem(v.span(), "Write \"compliance\", \"governance\" or \"off\" here.");
            None
        }
    })
}

impl<'a> Document<'a> {
    /// Small letters, digits, and some characters between them.
    fn made_of(&self, value: &'a Value<'a>, others: &str, lengths: RangeInclusive<usize>) -> Option<String> {
        let text = self.text(value)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
        let is_sound = text.chars().all(fits)
            && lengths.contains(&text.len())
            && !text.starts_with(['.', '-'])
            && !text.contains("..");
        if !is_sound {
            let problem = format!(
                "Write {} to {} characters out of a-z 0-9 {others}, beginning with a letter or digit.",
                lengths.start(),
                lengths.end()
            );
            self.problem(value.span(), problem);
        }
        is_sound.then(|| text.to_owned())
    }

    /// Characters that need no encoding in an address, and no part that is one.
    fn prefix(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_part = |part: &str| !part.is_empty() && part.chars().all(fits) && !part.starts_with('.');
        if !text.split('/').all(is_part) {
            let problem =
                "Write names out of a-z A-Z 0-9 - _ . with a slash between them, such as \"apono/prod\".";
            self.problem(value.span(), problem);
            return None;
        }
        Some(text.to_owned())
    }

    /// Durations elsewhere are no longer than a year.
    fn days(&self, value: &'a Value<'a>) -> Option<Duration> {
        let text = self.text(value)?;
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
        if days.is_none() {
            let problem = format!("Write a number of days from 1d to {MOST_DAYS}d, such as \"365d\".");
            self.problem(value.span(), problem);
        }
        Some(Duration::from_hours(24) * days?)
    }
}
