//! Times as people write them in filters: `7d`, `yesterday`, `2026-11-01`, `2026-Q3`, `last month`, `2026-11-01T14:30Z`, and ranges
//! of those.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, NaiveTime};

use super::calendar::{Period, can_be_written, fixed, midnight, moving};
use super::duration;
use super::filter::Span;
use super::time::Timestamp;

const A_DAY: Duration = Duration::from_hours(24);

/// A point in time; some move with the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    At(Timestamp),
    /// So many days after the start of today, UTC.
    Today(i32),
    /// The start of the period that is so many after the present one, UTC.
    Start(Period, i32),
    Ago(Duration),
}

impl Edge {
    /// The time that it means at `now`.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(span) => now.minus(span),
            Self::Today(days) => {
                let today = Timestamp::from_seconds(now.seconds().div_euclid(86_400) * 86_400);
                let span = A_DAY.saturating_mul(days.unsigned_abs());
                if days < 0 {
                    today.minus(span)
                } else {
                    today.plus(span)
                }
            }
            Self::Start(period, after) => {
                let today = DateTime::from_timestamp_micros(now.micros()).map(|now| now.date_naive());
                let start = today.and_then(|today| period.start(today, after));
                start.map_or(now, midnight)
            }
        }
    }
}

/// From one edge on, and before the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    pub from: Option<Edge>,
    pub to: Option<Edge>,
}

impl Edges {
    /// The span that they mean at `now`.
    pub fn at(self, now: Timestamp) -> Span {
        Span {
            from: self.from.map(|edge| edge.at(now)),
            to: self.to.map(|edge| edge.at(now)),
        }
    }
}

/// `2026-11-01..2026-11-30` with both days in it, `7d..`, `..2026-11-30`, `2026-11-23`, `2026-11`, `2026-Q4`, `2026`, `today`,
/// `last month`; days are in UTC.
pub fn range(text: &str) -> Option<Edges> {
    let Some((from, to)) = text.split_once("..") else {
        let (start, end) = day(text)?;
        return Some(Edges {
            from: Some(start),
            to: Some(end),
        });
    };
    let side = |text: &str| match text {
        "" => Some(None),
        text => moment(text).map(Some),
    };
    let (from, to) = (side(from)?, side(to)?);
    if from.is_none() && to.is_none() {
        return None;
    }
    Some(Edges {
        from: from.map(|(start, _)| start),
        to: to.map(|(_, end)| end),
    })
}

/// The reverse of [`range`] for times that do not move: whole days as days. An open span is empty.
pub fn written(span: Span) -> String {
    if span.is_open() {
        return String::new();
    }
    let from = span.from.map(|time| {
        let day = of_midnight(time);
        day.unwrap_or_else(|| time.to_rfc3339())
    });
    let to = span.to.map(|time| {
        let last = of_midnight(time).and_then(|_| of_midnight(time.minus(A_DAY)));
        last.unwrap_or_else(|| time.to_rfc3339())
    });
    format!("{}..{}", from.unwrap_or_default(), to.unwrap_or_default())
}

/// The day that begins then, if one does.
fn of_midnight(time: Timestamp) -> Option<String> {
    let time = DateTime::from_timestamp_micros(time.micros())?.naive_utc();
    (time.time() == NaiveTime::MIN).then(|| time.date().format("%Y-%m-%d").to_string())
}

/// `2026-11-24` (a day), `2026-Q4`, `2026-11-24T14:30Z`, `3d` (ago), `yesterday`: its start and its end, which are the same but for
/// days and longer periods.
pub fn moment(text: &str) -> Option<(Edge, Edge)> {
    if let Some(day) = day(text) {
        return Some(day);
    }
    let edge = match time(text) {
        Some(time) => Edge::At(time),
        None => Edge::Ago(duration::parse(text).ok()?),
    };
    Some((edge, edge))
}

fn day(text: &str) -> Option<(Edge, Edge)> {
    if let Some((period, after)) = moving(text) {
        return Some((Edge::Start(period, after), Edge::Start(period, after + 1)));
    }
    match text {
        "today" => return Some((Edge::Today(0), Edge::Today(1))),
        "yesterday" => return Some((Edge::Today(-1), Edge::Today(0))),
        _ => {}
    }
    let (first, next) = fixed(text)?;
    Some((Edge::At(midnight(first)), Edge::At(midnight(next))))
}

/// RFC 3339, without seconds as browsers send it, and as pages show it: `2026-11-24 14:30:00 UTC`; UTC if there is no offset.
fn time(text: &str) -> Option<Timestamp> {
    let upper = text.to_ascii_uppercase();
    let upper = upper
        .strip_suffix(" UTC")
        .map_or_else(|| upper.clone(), |time| format!("{time}Z"))
        .replacen(' ', "T", 1);
    if let Some(time) = Timestamp::from_rfc3339(&upper) {
        let date = DateTime::from_timestamp_micros(time.micros())?.date_naive();
        return can_be_written(date).then_some(time);
    }
    let local = upper.strip_suffix('Z').unwrap_or(&upper);
    let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(local, form).ok())
        .filter(|read| can_be_written(read.date()))?;
    Some(Timestamp::from_micros(read.and_utc().timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_793_491_200 + 3_600);

    #[test]
    fn a_year_that_could_not_be_written_down_is_not_read() {
        for text in [
            "+262142-12-31",
            "-0001-01-01",
            "9999-01-01",
            "+12026-01-01t00:00",
            "9999-12-31t23:00:00-05:00",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert!(moment("9998-12-31").is_some());
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(Edge::Today(0).at(NOW), Timestamp::from_seconds(1_793_491_200));
        assert_eq!(Edge::Today(-1).at(NOW), Timestamp::from_seconds(1_793_404_800));
    }

    #[test]
    fn ranges_are_read_with_their_last_day() {
        let day = |seconds| Some(Edge::At(Timestamp::from_seconds(seconds)));
        let november = range("2026-11-01..2026-11-02").unwrap();
        assert_eq!(november.from, day(1_793_491_200));
        assert_eq!(november.to, day(1_793_491_200 + 2 * 86_400));
        let week = range("7d..").unwrap();
        assert_eq!(week.from, Some(Edge::Ago(Duration::from_hours(7 * 24))));
        assert_eq!(week.to, None);
        for text in [
            "2026-11-01T14:30",
            "2026-11-01t14:30z",
            "2026-11-01T15:30:00+01:00",
            // As pages show them.
            "2026-11-01 14:30:00 UTC",
            "2026-11-01 14:30",
        ] {
            let read = day(1_793_491_200 + 52_200);
            assert_eq!(moment(text), read.zip(read), "{text}");
        }
    }

    #[test]
    fn months_quarters_and_years_are_read_with_their_last_day() {
        for (text, expected) in [
            ("2026-10", "2026-10-01..2026-10-31"),
            ("2026-02", "2026-02-01..2026-02-28"),
            ("2026-q3", "2026-07-01..2026-09-30"),
            ("2026-q4", "2026-10-01..2026-12-31"),
            ("2026", "2026-01-01..2026-12-31"),
            ("2026-q2..2026-11", "2026-04-01..2026-11-30"),
            ("2025..", "2025-01-01.."),
            ("this month", "2026-11-01..2026-11-30"),
            ("last month", "2026-10-01..2026-10-31"),
            ("this quarter", "2026-10-01..2026-12-31"),
            ("last quarter", "2026-07-01..2026-09-30"),
            ("last year", "2025-01-01..2025-12-31"),
            ("last quarter..", "2026-07-01.."),
        ] {
            assert_eq!(written(range(text).unwrap().at(NOW)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_guessed() {
        for text in [
            "..",
            "",
            "tomorrow",
            "2026-13-01",
            "2026-13",
            "2026-q5",
            "2026-1",
            "202",
            "last decade",
            "next month",
            "2026-11-01T25:00",
            "7",
            "a..b",
            "7d",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn whole_days_are_written_as_days() {
        let span = range("2026-11-01..2026-11-02").unwrap().at(NOW);
        assert_eq!(written(span), "2026-11-01..2026-11-02");
        assert_eq!(written(Span::default()), "");
        let hour = Span {
            from: Some(NOW),
            to: None,
        };
        assert_eq!(written(hour), "2026-11-01T01:00:00.000000Z..");
    }

    proptest! {
        #[test]
        fn anything_is_read(text in ".*") {
            let _ = (range(&text), moment(&text));
        }

        #[test]
        fn a_written_span_is_read_back(
            // Until the end of 9998, as times are read.
            from in proptest::option::of(0..253_370_764_800_000_000_i64),
            to in proptest::option::of(0..=253_370_764_800_000_000_i64),
            whole in any::<bool>(),
        ) {
            let time = |micros: i64| Timestamp::from_micros(if whole { micros - micros % 86_400_000_000 } else { micros });
            let span = Span { from: from.map(time), to: to.map(time) };
            let read = range(&written(span)).map_or(Span::default(), |edges| edges.at(NOW));
            prop_assert_eq!(read, span);
        }
    }
}
