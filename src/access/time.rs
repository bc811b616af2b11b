//! A point in time, as stored and compared everywhere: whole microseconds, because both databases keep those exactly.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded down, as Slack's dates and certificates want them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time and `span` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// This time and `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `16:05 UTC`: for people who know the day.
    pub fn to_clock(self) -> String {
        self.format("%H:%M UTC")
    }

    /// `23 Nov`: for people who know the year.
    pub fn to_day(self) -> String {
        self.format("%-d %b")
    }

    /// `2026-11-23T16:05:09.123456Z`: the form PostgreSQL takes in `VALID UNTIL`.
    pub fn to_rfc3339(self) -> String {
        // Exports write millions of them, and a pattern is read again for each.
        self.in_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// Reads [`Self::to_rfc3339`] back, with any offset; `None` if it is not a time.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let read = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self(read.timestamp_micros()))
    }

    fn format(self, pattern: &str) -> String {
        self.in_utc().format(pattern).to_string()
    }

    fn in_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// `2026-11-23 16:05:09 UTC`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("%Y-%m-%d %H:%M:%S UTC"))
    }
}

/// `span` in microseconds, at most what a [`Timestamp`] can hold.
pub fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
