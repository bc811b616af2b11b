//! When something happens again and again: the language of cron, in a time zone.
//!
//! Invariant: a time of day that a clock change leaves out comes as much later as clocks are put forward, and one that it brings
//! twice comes once.

use cronexpr::{Crontab, parse_crontab};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ToSpan};

use super::time::Timestamp;

/// The least time between two runs, in minutes.
const APART: i64 = 15;

/// The longest way to write one, in bytes.
const LONGEST: usize = 100;

/// Longer than any clock was ever put forward.
const PUT_FORWARD: i64 = 25;

/// How it is written, the zone aside: minute, hour, day of the month, month and day of the week.
const FIELDS: usize = 5;

/// When something runs.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: String,
    zone: String,
    /// As if it were in UTC: what it lets through are times on the clock of the zone.
    times: Crontab,
    clock: TimeZone,
}

/// Why a text is no schedule, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "\"{0}\" is not a schedule. Write minute, hour, day of the month, month and day of the week, such as \"0 9 * * 1-5\" for every weekday at 9:00."
    )]
    Cron(String),
    #[error("\"{0}\" is not a time zone. Write a name such as Europe/Berlin, or UTC.")]
    Zone(String),
    #[error("A schedule has at most {LONGEST} characters.")]
    Long,
    #[error("It would run more often than every {APART} minutes.")]
    TooOften,
    #[error("It would never run.")]
    Never,
}

impl Schedule {
    /// Reads a schedule, in the zone of this name.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, ScheduleError> {
        let cron = cron.split_whitespace().collect::<Vec<_>>().join(" ");
        let wrong = || ScheduleError::Cron(cron.clone());
        if cron.len() > LONGEST {
            return Err(ScheduleError::Long);
        }
        if cron.split(' ').count() != FIELDS {
            return Err(wrong());
        }
        let times = parse_crontab(&format!("{cron} UTC")).map_err(|_| wrong())?;
        let clock = TimeZone::get(zone).map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
        let schedule = Self {
            cron: cron.clone(),
            zone: zone.to_owned(),
            times,
            clock,
        };
        schedule.is_seldom_enough()?;
        Ok(schedule)
    }

    /// The first time after this one; `None` if there is none within four years.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let now = Instant::from_microsecond(after.micros()).ok()?;
        let mut on_clock = self
            .clock
            .to_datetime(now)
            .checked_sub(PUT_FORWARD.hours())
            .ok()?;
        let mut first: Option<Instant> = None;
        while let Some(next) = self.next_on_clock(on_clock) {
            on_clock = next;
            // One that is left out can come after a later one that is not.
            if first.is_some_and(|first| self.clock.to_datetime(first) <= on_clock) {
                break;
            }
            // Later if it is left out, the first of two if it comes twice.
            let next = self.clock.to_ambiguous_timestamp(on_clock).compatible().ok()?;
            if next > now {
                first = Some(first.map_or(next, |first| first.min(next)));
            }
        }
        first.map(|first| Timestamp::from_micros(first.as_microsecond()))
    }

    fn next_on_clock(&self, after: DateTime) -> Option<DateTime> {
        let after = TimeZone::UTC.to_timestamp(after).ok()?;
        let next = self.times.find_next(after).ok()?;
        Some(next.datetime())
    }

    /// Clock changes aside, and as if the day after each day on which it runs were another one.
    fn is_seldom_enough(&self) -> Result<(), ScheduleError> {
        let first = self
            .next_on_clock(DateTime::constant(2023, 12, 31, 23, 59, 59, 0))
            .ok_or(ScheduleError::Never)?;
        let midnight = first.date().tomorrow().map_err(|_| ScheduleError::Never)?;
        let again = midnight.to_datetime(first.time());
        let mut last = first;
        loop {
            let next = self
                .next_on_clock(last)
                .filter(|next| next.date() == first.date());
            if next.unwrap_or(again).duration_since(last).as_mins() < APART {
                return Err(ScheduleError::TooOften);
            }
            match next {
                Some(next) => last = next,
                None => return Ok(()),
            }
        }
    }

    /// As it was written, white space aside.
    pub fn cron(&self) -> &str {
        &self.cron
    }

    pub fn zone(&self) -> &str {
        &self.zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    fn next(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(cron, zone).unwrap();
        let mut now = at(after);
        let step = |_| {
            now = schedule.next(now).unwrap();
            now.to_rfc3339().replace(":00.000000", "")
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn a_time_that_clocks_leave_out_comes_later_and_one_that_comes_twice_comes_once() {
        // Clocks are put forward on 2026-03-29 at 2:00, and back on 2026-10-25 at 3:00.
        assert_eq!(
            next("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30Z", "2026-03-29T01:30Z", "2026-03-30T00:30Z"]
        );
        assert_eq!(
            next("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", 3),
            ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"]
        );
        // Half an hour.
        assert_eq!(
            next("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00:00Z", 2),
            ["2026-10-03T15:45Z", "2026-10-04T15:15Z"]
        );
        // 2:10 comes at 2:40, after 2:35.
        assert_eq!(
            next("10,35 2 * * *", "Australia/Lord_Howe", "2026-10-03T15:20:00Z", 3),
            ["2026-10-03T15:35Z", "2026-10-03T15:40Z", "2026-10-04T15:10Z"]
        );
        // A day that never was.
        assert_eq!(
            next("0 9 * * *", "Pacific/Apia", "2011-12-28T20:00:00Z", 3),
            ["2011-12-29T19:00Z", "2011-12-30T19:00Z", "2011-12-31T19:00Z"]
        );
    }

    #[test]
    fn what_is_no_schedule_is_said() {
        let why = |cron: &str, zone: &str| Schedule::parse(cron, zone).unwrap_err().to_string();
        insta::assert_snapshot!(why("at nine", "UTC"), @r#""at nine" is not a schedule. Write minute, hour, day of the month, month and day of the week, such as "0 9 * * 1-5" for every weekday at 9:00."#);
        insta::assert_snapshot!(why("0 9 * * 1-5 UTC", "UTC"), @r#""0 9 * * 1-5 UTC" is not a schedule. Write minute, hour, day of the month, month and day of the week, such as "0 9 * * 1-5" for every weekday at 9:00."#);
        insta::assert_snapshot!(why("0 9 * * 1-5", "Berlin"), @r#""Berlin" is not a time zone. Write a name such as Europe/Berlin, or UTC."#);
        insta::assert_snapshot!(why("*/5 * * * *", "UTC"), @"It would run more often than every 15 minutes.");
        // Almost midnight, and midnight of the next day.
        insta::assert_snapshot!(why("0,59 0,23 * * 1,3,4", "UTC"), @"It would run more often than every 15 minutes.");
        let long = format!("{} 9 * * *", ["0"; 60].join(","));
        insta::assert_snapshot!(why(&long, "UTC"), @"A schedule has at most 100 characters.");
        insta::assert_snapshot!(why("0 0 30 2 *", "UTC"), @"It would never run.");
    }

    proptest! {
        /// Against a walk from minute to minute.
        #[test]
        fn it_comes_when_a_clock_shows_it(
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Kiritimati", "UTC"]),
            hour in 0..24_i8,
            minute in 0..60_i8,
            day in 0..730_i64,
        ) {
            let schedule = Schedule::parse(&format!("{minute} {hour} * * *"), zone).unwrap();
            let after = at("2025-01-01T00:00:00Z").micros() + day * 86_400_000_000;
            let found = schedule.next(Timestamp::from_micros(after)).unwrap();
            let clock = TimeZone::get(zone).unwrap();
            let shows = |micros: i64| {
                let time = clock.to_datetime(Instant::from_microsecond(micros).unwrap()).time();
                (time.hour(), time.minute()) == (hour, minute)
            };
            let minutes = (1..=26 * 60).map(|minutes| after + minutes * 60_000_000);
            let walked = minutes.into_iter().find(|micros| shows(*micros));
            // A clock change can leave it out, or bring it a second time, on one day of a year.
            if let Some(walked) = walked && walked != found.micros() {
                let local = |micros: i64| clock.to_offset(Instant::from_microsecond(micros).unwrap());
                prop_assert_ne!(local(after - 7_200_000_000), local(found.micros()));
            }
            prop_assert!(found.micros() > after && found.micros() - after <= 26 * 3_600_000_000);
        }
    }
}
