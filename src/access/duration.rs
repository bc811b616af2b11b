//! How long access lasts, as people write and read it: `45s`, `30m`, `2h`, `1d`, `1h30m`.

use std::time::Duration;

/// A unit: its seconds, how durations are written with it, and the other names that are read.
struct Unit {
    seconds: u64,
    written: &'static str,
    also: &'static [&'static str],
}

/// Largest first.
const UNITS: [Unit; 5] = [
    Unit {
        seconds: 7 * 86_400,
        written: "w",
        also: &["week", "weeks"],
    },
    Unit {
        seconds: 86_400,
        written: "d",
        also: &["day", "days"],
    },
    Unit {
        seconds: 3_600,
        written: "h",
        also: &["hr", "hrs", "hour", "hours"],
    },
    Unit {
        seconds: 60,
        written: "m",
        also: &["min", "mins", "minute", "minutes"],
    },
    Unit {
        seconds: 1,
        written: "s",
        also: &["sec", "secs", "second", "seconds"],
    },
];

/// Why a text is not a duration. Its message is shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("Write a duration such as 45s, 30m, 2h, 1d or 1h30m.")]
    Unreadable,
    #[error("The duration must be longer than zero.")]
    Zero,
    #[error("That is longer than a year. Write a duration such as 30m, 2h or 1d.")]
    TooLong,
}

/// Reads a duration: numbers with units, largest unit first, each at most once, spaces allowed between the parts, the last part after
/// `and` if people like. A number may have decimals if it comes to whole seconds: `0.5h`.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim().to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut units = UNITS.iter();
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let number = leading(rest, |c| c.is_ascii_digit() || c == '.');
        let after = rest[number.len()..].trim_start();
        let name = leading(after, |c| c.is_ascii_alphabetic());
        let unit = units
            .find(|unit| unit.written == name || unit.also.contains(&name))
            .ok_or(DurationError::Unreadable)?;
        seconds = seconds
            .checked_add(times(number, unit.seconds)?)
            .ok_or(DurationError::TooLong)?;
        rest = after[name.len()..].trim_start();
        rest = rest.strip_prefix("and ").map_or(rest, str::trim_start);
    }
    match seconds {
        0 if text.is_empty() => Err(DurationError::Unreadable),
        0 => Err(DurationError::Zero),
        _ if seconds > 366 * 86_400 => Err(DurationError::TooLong),
        _ => Ok(Duration::from_secs(seconds)),
    }
}

/// What `text` begins with, as far as `belongs` says so.
fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

/// `number` times `seconds`, if that is a whole number of seconds.
fn times(number: &str, seconds: u64) -> Result<u64, DurationError> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || decimals.is_empty() || decimals.contains('.') {
        return Err(DurationError::Unreadable);
    }
    let whole: u64 = whole.parse().map_err(|_| DurationError::TooLong)?;
    // More decimals than these come to whole seconds with no unit.
    let scale = 10_u64
        .checked_pow(decimals.len().try_into().unwrap_or(u32::MAX))
        .filter(|scale| *scale <= 1_000_000)
        .ok_or(DurationError::Unreadable)?;
    let part = decimals.parse::<u64>().map_err(|_| DurationError::Unreadable)? * seconds;
    if !part.is_multiple_of(scale) {
        return Err(DurationError::Unreadable);
    }
    whole
        .checked_mul(seconds)
        .and_then(|all| all.checked_add(part / scale))
        .ok_or(DurationError::TooLong)
}

/// A duration in whole seconds, for what is stored.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(span.as_secs())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// Writes a duration the way [`parse`] reads it, to the second: `1h30m`.
pub fn compact(span: Duration) -> String {
    written(span, "")
}

/// Writes a duration for people, to the second: `1 h 30 min`.
pub fn spoken(span: Duration) -> String {
    written(span, " ")
}

fn written(span: Duration, space: &str) -> String {
    let mut rest = span.as_secs();
    let mut parts = Vec::new();
    // People count in days, not in weeks.
    for unit in UNITS.iter().filter(|unit| unit.written != "w") {
        let count = rest / unit.seconds;
        rest %= unit.seconds;
        if count > 0 {
            let name = match unit.written {
                "m" if !space.is_empty() => "min",
                name => name,
            };
            parts.push(format!("{count}{space}{name}"));
        }
    }
    if parts.is_empty() {
        return format!("0{space}s");
    }
    parts.join(space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_the_form_promises() {
        let read = |text| parse(text).map(|d| d.as_secs());
        assert_eq!(read("45s"), Ok(45));
        assert_eq!(read(" 30M "), Ok(1_800));
        assert_eq!(read("1h30m"), Ok(5_400));
        assert_eq!(read("1h 30m"), Ok(5_400));
        assert_eq!(read("1d"), Ok(86_400));
    }

    #[test]
    fn reads_what_people_write() {
        let read = |text| parse(text).map(|d| d.as_secs());
        assert_eq!(read("2 hours"), Ok(7_200));
        assert_eq!(read("90 minutes"), Ok(5_400));
        assert_eq!(read("0.5h"), Ok(1_800));
        assert_eq!(read("1.25 hours"), Ok(4_500));
        assert_eq!(read("1w"), Ok(7 * 86_400));
        assert_eq!(read("1 day"), Ok(86_400));
        assert_eq!(read("1 Hour and 30 Min"), Ok(5_400));
        assert_eq!(read("10sec"), Ok(10));
    }

    #[test]
    fn refuses_what_could_be_misread() {
        for text in [
            "", "2", "h", "30m1h", "1h1h", "0.001s", "1.h", ".5h", "1.5.5h", "1,5h", "-1h", "2 moons",
            "1month", "１h", "and 1h", "1h and",
        ] {
            assert_eq!(parse(text), Err(DurationError::Unreadable), "{text:?}");
        }
        assert_eq!(parse("0m"), Err(DurationError::Zero));
        assert_eq!(parse("999999999999d"), Err(DurationError::TooLong));
        assert_eq!(parse("99999999999999999999s"), Err(DurationError::TooLong));
    }

    #[test]
    fn speaks_to_people() {
        assert_eq!(spoken(Duration::from_mins(90)), "1 h 30 min");
        assert_eq!(spoken(Duration::ZERO), "0 s");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in 1_u64..366 * 86_400) {
            let span = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&compact(span)), Ok(span));
        }

        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = parse(&text);
        }
    }
}
