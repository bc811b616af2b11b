//! Pickers of dates and times.

use crate::blockkit::composition::{CONFIRM, ID, PLACEHOLDER};
use crate::blockkit::shape::Shape::{Bool, Int, Is, Matches, Str};
use crate::blockkit::shape::{EVERYWHERE, NOT_IN_HOME, UNBOUNDED, object};

object! {
    DATEPICKER, "datepicker", Some("datepicker"), EVERYWHERE, [], {
        Optional "initial_date" => Matches(is_date, "a date as YYYY-MM-DD"),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    TIMEPICKER, "timepicker", Some("timepicker"), EVERYWHERE, [], {
        Optional "initial_time" => Matches(is_time, "a time as HH:mm"),
        Optional "timezone" => Str(1, UNBOUNDED),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    /// `initial_date_time` is in Unix seconds and has ten digits.
    DATETIMEPICKER, "datetimepicker", Some("datetimepicker"), NOT_IN_HOME, [], {
        Optional "initial_date_time" => Int(1_000_000_000, 9_999_999_999),
        Optional "action_id" => ID,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day]
        if number(year, 4).is_some()
            && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
            && number(day, 2).is_some_and(|day| (1..=31).contains(&day)))
}

fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts[..], [hour, minute]
        if number(hour, 2).is_some_and(|hour| hour < 24)
            && number(minute, 2).is_some_and(|minute| minute < 60))
}

/// The number made of exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}
