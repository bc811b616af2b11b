//! What a list is limited to, as somebody typed it: `@dana orders-db 2026-11-01.. granted`.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use crate::access::duration;
use crate::access::filter::Status;
use crate::access::time::Timestamp;

use super::super::super::encoded::Word;

const A_DAY: Duration = Duration::from_hours(24);

/// What was typed, in any order. Names are looked up where the list is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// A Slack user id.
    pub person: Option<String>,
    /// Of an integration, a resource, or one of each.
    pub names: Vec<String>,
    pub from: Option<Edge>,
    pub to: Option<Edge>,
    pub status: Option<Status>,
}

/// A point in time as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The start of a day, UTC.
    Day(Timestamp),
    /// So many days after the start of today, UTC.
    Today(i32),
    Ago(Duration),
}

impl Edge {
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day(start) => start,
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
        }
    }
}

/// Reads them all; `None` if something does not fit.
pub(super) fn sought(words: &[Word]) -> Option<Sought> {
    let mut sought = Sought::default();
    for word in words {
        let text = word.text.to_lowercase();
        if let Some(user) = &word.mention {
            set(&mut sought.person, user.clone())?;
        } else if let Some(status) = Status::named(&text) {
            set(&mut sought.status, status)?;
        } else if let Some((from, to)) = range(&text) {
            if sought.from.is_some() || sought.to.is_some() {
                return None;
            }
            (sought.from, sought.to) = (from, to);
        } else if text.contains("..") {
            // A time that cannot be read: no name has two dots.
            return None;
        } else if !FILLERS.contains(&text.as_str()) {
            sought.names.push(word.text.clone());
        }
    }
    (sought.names.len() <= 2 && sought.names.iter().all(|name| is_a_name(name))).then_some(sought)
}

/// Words that people put between the others.
const FILLERS: [&str; 8] = ["all", "everything", "everybody", "on", "by", "of", "from", "in"];

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}

/// A mention that Slack did not recognise is no name.
fn is_a_name(text: &str) -> bool {
    !text.starts_with('@') && text.len() < 300
}

type Edges = (Option<Edge>, Option<Edge>);

/// `2026-11-01..2026-11-30` with both days in it, `7d..`, `..2026-11-30`, `2026-11-23`, `today`, `yesterday`.
fn range(text: &str) -> Option<Edges> {
    let Some((from, to)) = text.split_once("..") else {
        return day(text).map(|(start, end)| (Some(start), Some(end)));
    };
    let side = |text: &str| match text {
        "" => Some(None),
        text => moment(text).map(Some),
    };
    let (from, to) = (side(from)?, side(to)?);
    if from.is_none() && to.is_none() {
        return None;
    }
    Some((from.map(|(start, _)| start), to.map(|(_, end)| end)))
}

/// A day, or a span that ended just now: its start and its end.
fn moment(text: &str) -> Option<(Edge, Edge)> {
    day(text).or_else(|| {
        let ago = Edge::Ago(duration::parse(text).ok()?);
        Some((ago, ago))
    })
}

fn day(text: &str) -> Option<(Edge, Edge)> {
    match text {
        "today" => return Some((Edge::Today(0), Edge::Today(1))),
        "yesterday" => return Some((Edge::Today(-1), Edge::Today(0))),
        _ => {}
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let start = Timestamp::from_seconds(day.and_time(NaiveTime::MIN).and_utc().timestamp());
    Some((Edge::Day(start), Edge::Day(start.plus(A_DAY))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::super::encoded::Words;
    use super::*;

    fn read(text: &str) -> Option<Sought> {
        sought(Words::decode(text).as_slice())
    }

    #[test]
    fn people_names_times_and_statuses_are_read_in_any_order() {
        let found = read("granted <@U0DANA|dana> on orders-db 2026-11-01..2026-11-02").unwrap();
        let day = |seconds| Some(Edge::Day(Timestamp::from_seconds(seconds)));
        let expected = Sought {
            person: Some("U0DANA".to_owned()),
            names: vec!["orders-db".to_owned()],
            from: day(1_793_491_200),
            to: day(1_793_491_200 + 2 * 86_400),
            status: Some(Status::Granted),
        };
        assert_eq!(found, expected);
        assert_eq!(read("all"), Some(Sought::default()));
        assert_eq!(
            read("7d..").unwrap().from,
            Some(Edge::Ago(Duration::from_hours(7 * 24)))
        );
    }

    #[test]
    fn what_does_not_fit_is_not_guessed() {
        for text in ["@dana", "granted expired", "a b c", "..", "today yesterday"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let now = Timestamp::from_seconds(1_793_491_200 + 3_600);
        assert_eq!(Edge::Today(0).at(now), Timestamp::from_seconds(1_793_491_200));
        assert_eq!(Edge::Today(-1).at(now), Timestamp::from_seconds(1_793_404_800));
    }

    proptest! {
        #[test]
        fn anything_is_read(text in ".*") {
            let _ = read(&text);
        }
    }
}
