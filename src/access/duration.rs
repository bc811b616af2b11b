//! How long access lasts, as people write and read it: `45s`, `30m`, `2h`, `1d`, `1h30m`.

use std::time::Duration;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Why a text is not a duration. Its message is shown to people.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("Write a duration such as 45s, 30m, 2h, 1d or 1h30m.")]
    Unreadable,
    #[error("The duration must be longer than zero.")]
    Zero,
    #[error("That is longer than a year. Write a duration such as 30m, 2h or 1d.")]
    TooLong,
}

/// Reads a duration: numbers with units `d h m s`, largest unit first, each at most once, spaces allowed between parts.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let text: String = text.trim().to_ascii_lowercase().split_whitespace().collect();
    let mut rest = text.as_str();
    let mut units = UNITS.iter();
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .ok_or(DurationError::Unreadable)?;
        let unit = rest[digits..].chars().next().ok_or(DurationError::Unreadable)?;
        let (_, factor) = units
            .find(|(name, _)| *name == unit)
            .ok_or(DurationError::Unreadable)?;
        if digits == 0 {
            return Err(DurationError::Unreadable);
        }
        let count: u64 = rest[..digits].parse().map_err(|_| DurationError::TooLong)?;
        seconds = count
            .checked_mul(*factor)
            .and_then(|more| seconds.checked_add(more))
            .ok_or(DurationError::TooLong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    match seconds {
        0 if text.is_empty() => Err(DurationError::Unreadable),
        0 => Err(DurationError::Zero),
        _ if seconds > 366 * 86_400 => Err(DurationError::TooLong),
        _ => Ok(Duration::from_secs(seconds)),
    }
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
    for (unit, factor) in UNITS {
        let count = rest / factor;
        rest %= factor;
        if count > 0 {
            let name = match unit {
                'm' if !space.is_empty() => "min".to_owned(),
                unit => unit.to_string(),
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
    fn refuses_what_could_be_misread() {
        for text in ["", "2", "h", "30m1h", "1h1h", "1.5h", "-1h", "2 hours", "１h"] {
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
