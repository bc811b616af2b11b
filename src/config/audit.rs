//! `[audit]`: when the daily summary is written.

use std::time::Duration;

use super::keys;
use crate::document::{Document, Section, Value};

/// What the trail writes on a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditConfig {
    /// The time of day (UTC) of the daily summary, counted from midnight.
    pub day_at: Duration,
}

pub(super) fn read(root: &Section<'_>) -> AuditConfig {
    let Some(section) = root.section("audit", "[audit]", keys::AUDIT) else {
        return AuditConfig::default();
    };
    AuditConfig {
        day_at: section.or("day_at", Duration::ZERO, |v| section.doc.time_of_day(v)),
    }
}

impl<'a> Document<'a> {
    /// `HH:MM`.
    fn time_of_day(&self, value: &'a Value<'a>) -> Option<Duration> {
        let text = self.text(value)?;
        let time = text.split_once(':').and_then(|(hours, minutes)| {
            let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            let read = |text: &str| text.parse::<u64>().ok().filter(|_| two_digits(text));
            let hours = read(hours).filter(|hours| *hours < 24)?;
            let minutes = read(minutes).filter(|minutes| *minutes < 60)?;
            Some(Duration::from_mins(60 * hours + minutes))
        });
        if time.is_none() {
            self.problem(
                value.span(),
                "Write a time of day in UTC, such as \"00:00\" or \"06:30\".",
            );
        }
        time
    }
}
