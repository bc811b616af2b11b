//! Parts of the calendar as people write them: `2026-11-24`, `2026-11`, `2026-Q4`, `2026`, `last month`, `yesterday`.

use chrono::{Datelike, NaiveDate, NaiveTime};

use super::time::Timestamp;

/// A part of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Month,
    Quarter,
    Year,
}

impl Period {
    const fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The first day of the period that is so many after the one with `day`.
    pub(super) fn start(self, day: NaiveDate, after: i32) -> Option<NaiveDate> {
        let month = day.year() * 12 + i32::try_from(day.month0()).ok()?;
        let first = (month.div_euclid(self.months()) + after) * self.months();
        NaiveDate::from_ymd_opt(
            first.div_euclid(12),
            u32::try_from(first.rem_euclid(12)).ok()? + 1,
            1,
        )
    }
}

/// The first of the days that are meant, and the day after the last of them, where the present day is `today`.
pub fn days(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    if let Some((period, after)) = moving(text) {
        return period.start(today, after).zip(period.start(today, after + 1));
    }
    match text {
        "today" => Some((today, today.succ_opt()?)),
        "yesterday" => Some((today.pred_opt()?, today)),
        text => fixed(text),
    }
}

/// `last month`, `this quarter`: a period, and how many after the present one.
pub(super) fn moving(text: &str) -> Option<(Period, i32)> {
    let (which, period) = text.split_once(' ')?;
    let after = match which {
        "this" => 0,
        "last" => -1,
        _ => return None,
    };
    let period = match period {
        "month" => Period::Month,
        "quarter" => Period::Quarter,
        "year" => Period::Year,
        _ => return None,
    };
    Some((period, after))
}

/// `2026-11-24`, `2026-11`, `2026-q4`, `2026`: its first day, and the day after its last.
pub(super) fn fixed(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let first = |year: &str, month: u32| {
        let year = (year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())).then(|| year.parse());
        NaiveDate::from_ymd_opt(year?.ok()?, month, 1)
    };
    let (first, next) = match text.split_once('-') {
        None => {
            let first = first(text, 1)?;
            (first, Period::Year.start(first, 1)?)
        }
        Some((year, quarter @ ("q1" | "q2" | "q3" | "q4"))) => {
            let number: u32 = quarter.strip_prefix('q')?.parse().ok()?;
            let first = first(year, number * 3 - 2)?;
            (first, Period::Quarter.start(first, 1)?)
        }
        Some((year, month)) if month.len() == 2 => {
            let first = first(year, month.parse().ok()?)?;
            (first, Period::Month.start(first, 1)?)
        }
        Some(_) => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            (day, day.succ_opt()?)
        }
    };
    can_be_written(first).then_some((first, next))
}

/// The start of a day, UTC.
pub(super) fn midnight(day: NaiveDate) -> Timestamp {
    Timestamp::from_seconds(day.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// Years of four digits; others could not be written down as they were read.
pub(super) fn can_be_written(day: NaiveDate) -> bool {
    (1..=9998).contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_before_january_is_in_the_year_before() {
        let january = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).unwrap();
        assert_eq!(days("last month", january), Some((day(2025, 12), day(2026, 1))));
        assert_eq!(days("last quarter", january), Some((day(2025, 10), day(2026, 1))));
    }
}
