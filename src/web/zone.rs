//! The zone of the times on a page: the reader's own, as Slack says it, or UTC if they switched to that. Everything that shows a
//! time asks here.

use std::cell::OnceCell;

use chrono::{Datelike, NaiveDate};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};

use crate::access::calendar;
use crate::access::edge;
use crate::access::filter::Span;
use crate::access::time::Timestamp;

/// What is known around a page while it is made.
struct Around {
    /// The page itself, to come back to; none if it answers a form, which is not sent again.
    here: Option<String>,
    zone: OnceCell<Zone>,
}

/// The reader's zone, if it is another than UTC, and whether they switched to UTC.
struct Zone {
    own: Option<(String, TimeZone)>,
    in_utc: bool,
}

tokio::task_local! {
    static AROUND: Around;
}

/// The foot of a page: in which zone its times are, and the other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Foot {
    pub(super) zone: String,
    pub(super) other: Option<Other>,
}

/// The zone that somebody can switch to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) name: String,
    /// What the form of the switch sends.
    pub(super) value: &'static str,
}

/// The value of the switch, and of its cookie, for UTC.
pub(super) const UTC: &str = "utc";

/// Names of UTC among the IANA names.
const OF_UTC: [&str; 4] = ["UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal"];

/// Makes a page of the reader who is found while it is made.
pub(super) fn around<P: Future>(here: Option<String>, page: P) -> impl Future<Output = P::Output> {
    let zone = OnceCell::new();
    AROUND.scope(Around { here, zone }, page)
}

/// The reader's zone by its IANA name, which Slack says; an unknown one is UTC.
pub(super) fn settle(name: Option<&str>, in_utc: bool) {
    let own = name.and_then(|name| Some((name.to_owned(), TimeZone::get(name).ok()?)));
    let own = own.filter(|(name, _)| !OF_UTC.contains(&name.as_str()));
    let _ = AROUND.try_with(|around| around.zone.set(Zone { own, in_utc }));
}

/// `2026-11-23 17:05:09 CET`.
pub(super) fn time(at: Timestamp) -> String {
    zoned(at).map_or_else(
        || at.to_string(),
        |zoned| zoned.strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
    )
}

/// `17:05 CET`.
pub(super) fn clock(at: Timestamp) -> String {
    zoned(at).map_or_else(|| at.to_clock(), |zoned| zoned.strftime("%H:%M %Z").to_string())
}

/// Where the page is that is being made; nothing if it answers a form.
pub(super) fn here() -> Option<String> {
    AROUND.try_with(|around| around.here.clone()).ok().flatten()
}

/// What the page says about its times.
pub(super) fn foot() -> Foot {
    let found = AROUND.try_with(|around| {
        let zone = around.zone.get()?;
        let (name, _) = zone.own.as_ref()?;
        let (is, other, value) = if zone.in_utc {
            ("UTC", name.as_str(), "own")
        } else {
            (name.as_str(), "UTC", UTC)
        };
        Some(Foot {
            zone: is.to_owned(),
            other: Some(Other {
                name: other.to_owned(),
                value,
            }),
        })
    });
    found.ok().flatten().unwrap_or_else(|| Foot {
        zone: "UTC".to_owned(),
        other: None,
    })
}

/// A range as somebody typed it, with the days and times of their zone as times in UTC. What names no day, or says its zone,
/// stays as it is.
pub(super) fn range_meant(text: &str, now: Timestamp) -> String {
    let Some(rules) = rules() else {
        return text.to_owned();
    };
    let side = |text: &str, is_end: bool| match day(text, &rules, now) {
        Some((_, end)) if is_end => end.to_rfc3339(),
        Some((start, _)) => start.to_rfc3339(),
        None => local(text, &rules).unwrap_or_else(|| text.to_owned()),
    };
    match text.split_once("..") {
        Some((from, to)) => format!("{}..{}", side(from, false), side(to, true)),
        None => match day(text, &rules, now) {
            Some((start, end)) => format!("{}..{}", start.to_rfc3339(), end.to_rfc3339()),
            None => text.to_owned(),
        },
    }
}

/// A moment as somebody typed it: one point in time, or a whole day or longer period of their zone.
pub(super) fn moment(text: &str, now: Timestamp) -> Option<Span> {
    let in_zone = rules().map(|rules| (day(text, &rules, now), local(text, &rules)));
    let (from, to) = match in_zone {
        Some((Some(day), _)) => day,
        Some((None, local)) => read(local.as_deref().unwrap_or(text), now)?,
        None => read(text, now)?,
    };
    Some(if from == to {
        Span::at(from)
    } else {
        Span {
            from: Some(from),
            to: Some(to),
        }
    })
}

fn read(text: &str, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let (from, to) = edge::moment(&text.to_lowercase())?;
    Some((from.at(now), to.at(now)))
}

/// `2026-11-23`, the day of this time.
pub(super) fn date(at: Timestamp) -> String {
    let time = time(at);
    time.split_once(' ')
        .map_or_else(|| time.clone(), |(date, _)| date.to_owned())
}

/// The rules of the reader's zone, if times are shown in it.
fn rules() -> Option<TimeZone> {
    let found = AROUND.try_with(|around| {
        let zone = around.zone.get().filter(|zone| !zone.in_utc)?;
        zone.own.as_ref().map(|(_, rules)| rules.clone())
    });
    found.ok().flatten()
}

fn zoned(at: Timestamp) -> Option<Zoned> {
    let instant = Instant::from_microsecond(at.micros()).ok()?;
    Some(instant.to_zoned(rules()?))
}

/// Start and end of a day, or of a longer part of the calendar.
fn day(text: &str, rules: &TimeZone, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let today = Instant::from_microsecond(now.micros())
        .ok()?
        .to_zoned(rules.clone());
    let today = NaiveDate::from_ymd_opt(
        i32::from(today.year()),
        u32::try_from(today.month()).ok()?,
        u32::try_from(today.day()).ok()?,
    );
    let (first, next) = calendar::days(&text.to_lowercase(), today?)?;
    let start = |day: NaiveDate| {
        let (year, month) = (i16::try_from(day.year()).ok()?, i8::try_from(day.month()).ok()?);
        let day = Date::new(year, month, i8::try_from(day.day()).ok()?).ok()?;
        let start = day.to_zoned(rules.clone()).ok()?;
        Some(Timestamp::from_micros(start.timestamp().as_microsecond()))
    };
    Some((start(first)?, start(next)?))
}

/// A time without a zone, as UTC.
fn local(text: &str, rules: &TimeZone) -> Option<String> {
    let upper = text.to_uppercase().replacen(' ', "T", 1);
    let time = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|format| DateTime::strptime(format, &upper).ok())?;
    let time = time.to_zoned(rules.clone()).ok()?;
    Some(Timestamp::from_micros(time.timestamp().as_microsecond()).to_rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `2026-11-24T03:30:00Z`.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_491_000);

    fn of_reader_in<T>(name: &str, in_utc: bool, ask: impl Fn() -> T) -> T {
        let around = Around {
            here: None,
            zone: OnceCell::new(),
        };
        AROUND.sync_scope(around, || {
            settle(Some(name), in_utc);
            ask()
        })
    }

    #[test]
    fn times_are_in_the_readers_zone_unless_they_switched() {
        let shown = |name: &str, in_utc| of_reader_in(name, in_utc, || (time(NOW), clock(NOW), foot().zone));
        let owned =
            |time: &str, clock: &str, zone: &str| (time.to_owned(), clock.to_owned(), zone.to_owned());
        assert_eq!(
            shown("America/New_York", false),
            owned("2026-11-23 22:30:00 EST", "22:30 EST", "America/New_York")
        );
        let utc = owned("2026-11-24 03:30:00 UTC", "03:30 UTC", "UTC");
        assert_eq!(shown("America/New_York", true), utc);
        for unknown in ["Etc/UTC", "", "../../etc/passwd", "Mars/Olympus"] {
            assert_eq!(shown(unknown, false), utc, "{unknown}");
        }
        assert_eq!(time(NOW), "2026-11-24 03:30:00 UTC", "outside of any page");
    }

    #[test]
    fn days_are_the_readers_days_and_what_says_its_zone_stays() {
        let meant = |text: &str| of_reader_in("America/New_York", false, || range_meant(text, NOW));
        let whole = "2026-11-23T05:00:00.000000Z..2026-11-24T05:00:00.000000Z";
        assert_eq!(meant("2026-11-23"), whole);
        assert_eq!(meant("today"), whole, "it is still Monday there");
        assert_eq!(
            meant("2026-11-01..2026-11-01"),
            "2026-11-01T04:00:00.000000Z..2026-11-02T05:00:00.000000Z",
            "the day with 25 hours"
        );
        assert_eq!(meant("2026-11-23T09:00.."), "2026-11-23T14:00:00.000000Z..");
        for same in ["7d..", "2026-11-24T14:30Z..", "..", "nonsense", "2026-02-30", ""] {
            assert_eq!(meant(same), same);
        }
        assert_eq!(
            meant("last month"),
            "2026-10-01T04:00:00.000000Z..2026-11-01T04:00:00.000000Z"
        );
        assert_eq!(
            meant("2026-Q4"),
            "2026-10-01T04:00:00.000000Z..2027-01-01T05:00:00.000000Z"
        );
        let at = |text: &str| {
            let span = of_reader_in("America/New_York", false, || moment(text, NOW));
            span.map(|span| [span.from, span.to].map(|edge| edge.unwrap().to_rfc3339()))
        };
        let owned = |from: &str, to: &str| Some([from.to_owned(), to.to_owned()]);
        assert_eq!(
            at("yesterday"),
            owned("2026-11-22T05:00:00.000000Z", "2026-11-23T05:00:00.000000Z")
        );
        assert_eq!(
            at("2026-11-23T09:00"),
            owned("2026-11-23T14:00:00.000000Z", "2026-11-23T14:00:00.000001Z")
        );
        assert_eq!(
            at("3d"),
            owned("2026-11-21T03:30:00.000000Z", "2026-11-21T03:30:00.000001Z")
        );
        assert_eq!(at("2026-11-01..2026-11-02"), None);
        let in_utc = of_reader_in("America/New_York", true, || range_meant("2026-11-23", NOW));
        assert_eq!(in_utc, "2026-11-23");
    }
}
