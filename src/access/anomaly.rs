//! What is unusual about how people ask and answer: the rules. Each looks at a few facts and says nothing about intent.
//!
//! Pure: facts come in, and a finding goes out. Thresholds are the same for everybody, and docs/anomalies.md names each.

use std::time::Duration;

use jiff::tz::TimeZone;

use serde::{Deserialize, Serialize};

use super::named::named;
use super::time::Timestamp;

named! {
    /// What is unusual.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        /// What is approved now was rejected a while ago.
        ApprovedAfterRejection = "approved_after_rejection",
        /// Somebody asks who has not asked for long.
        AfterSilence = "after_silence",
        /// Somebody asks at night again and again.
        ManyAtNight = "many_at_night",
        /// Somebody asks again and again with the same words, numbers aside.
        SelfSimilar = "self_similar",
        /// Somebody approves again and again within seconds.
        QuickApprover = "quick_approver",
        /// Somebody who asks often asks for what they never asked for.
        NewResource = "new_resource",
        /// Somebody is refused again and again.
        RefusalsInARow = "refusals_in_a_row",
    }
}

/// A rejection counts for this long against an approval of the same.
pub const REJECTED_WITHIN: Duration = Duration::from_hours(7 * 24);

/// Somebody who has not asked for so long is silent.
pub const SILENCE: Duration = Duration::from_hours(90 * 24);

/// Night, as hours of the clock where the requester is: from the first, and before the second.
pub const NIGHT: (i8, i8) = (22, 6);

/// Requests at night are counted over this time, and said when they are a multiple of this number.
pub const NIGHTS: (Duration, usize) = (Duration::from_hours(7 * 24), 5);

/// Requests with the same words, likewise.
pub const SIMILAR: (Duration, usize) = (Duration::from_hours(24), 5);

/// An approval that took no longer is quick.
pub const QUICK: Duration = Duration::from_secs(10);

/// Quick approvals in a row that are said; again at each multiple.
pub const QUICK_IN_A_ROW: usize = 10;

/// Refusals in a row that are said; again at each multiple.
pub const REFUSED_IN_A_ROW: usize = 3;

/// Whoever has asked so often is known well enough for a new resource to be news.
pub const ASKS_OFTEN: usize = 20;

/// For how long somebody who asks now, and asked `before`, was silent; `None` if that is not unusual.
pub fn silence(before: Timestamp, now: Timestamp) -> Option<Duration> {
    Some(now.since(before)).filter(|silence| *silence >= SILENCE)
}

/// Whether this is at night in that zone, by its IANA name; in UTC if there is no such zone.
pub fn is_at_night(at: Timestamp, zone: Option<&str>) -> bool {
    let zone = zone
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC);
    let (from, before) = NIGHT;
    jiff::Timestamp::from_microsecond(at.micros()).is_ok_and(|at| {
        let hour = at.to_zoned(zone).hour();
        hour >= from || hour < before
    })
}

/// A justification without what differs in a series: numbers, case, and how words are set apart. Empty if no letter is left.
pub fn alike(words: &str) -> String {
    let mut alike = String::new();
    for word in words.split(|c: char| !c.is_alphanumeric()) {
        let word: String = word
            .chars()
            .filter(|c| !c.is_numeric())
            .flat_map(char::to_lowercase)
            .collect();
        if !word.is_empty() {
            alike.push_str(&word);
            alike.push(' ');
        }
    }
    alike
}

/// Whether a count is said: at each multiple, so that what goes on is said again, but not each time.
pub const fn is_said_at(count: usize, of: usize) -> bool {
    count > 0 && count.is_multiple_of(of)
}

/// How many in a row are so, the newest first.
pub fn in_a_row(newest_first: impl IntoIterator<Item = bool>) -> usize {
    newest_first.into_iter().take_while(|is_so| *is_so).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn night_is_where_the_requester_is() {
        let evening = at("2026-11-24T21:30:00Z");
        assert!(!is_at_night(evening, None));
        assert!(is_at_night(evening, Some("Europe/Berlin")));
        assert!(!is_at_night(evening, Some("America/New_York")));
        assert!(is_at_night(at("2026-11-24T05:59:59Z"), Some("no such zone")));
        assert!(!is_at_night(at("2026-11-24T06:00:00Z"), Some("no such zone")));
    }

    #[test]
    fn words_are_alike_but_for_numbers() {
        assert_eq!(
            alike("Ticket OPS-17: restart #2"),
            alike("ticket ops-18 restart  #3")
        );
        assert_ne!(alike("restart orders"), alike("restart billing"));
        assert_eq!(alike("4711 / 12"), "");
    }

    #[test]
    fn a_silence_is_long() {
        let now = at("2026-11-24T12:00:00Z");
        assert_eq!(silence(at("2026-08-27T12:00:00Z"), now), None);
        assert_eq!(silence(at("2026-08-26T12:00:00Z"), now), Some(SILENCE));
        assert_eq!(silence(now, at("2026-01-01T00:00:00Z")), None);
    }

    proptest! {
        #[test]
        fn a_row_ends_at_the_first_that_is_not_so(so in proptest::collection::vec(any::<bool>(), 0..40)) {
            let count = in_a_row(so.iter().copied());
            prop_assert!(so.iter().take(count).all(|is_so| *is_so));
            prop_assert!(so.get(count).is_none_or(|is_so| !is_so));
        }

        #[test]
        fn any_words_are_alike_to_themselves_with_other_numbers(words in "\\PC{0,60}", number in 0..10_000_u32) {
            prop_assert_eq!(alike(&format!("{words} 7")), alike(&format!("{words} {number}")));
        }
    }
}
