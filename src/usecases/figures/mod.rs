//! What happened in a span of days, in figures: for the dashboard.
//!
//! Invariant: the figures are made of what the reader may see, like every list.

mod hints;
mod spread;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::access::edge::Edge;
use crate::access::filter::DecidedBy;
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::request::{RejectCause, State};
use crate::access::time::{Timestamp, micros_of};
use crate::access::usage::Used;
use crate::audit::event::PersonFacts;
use crate::store::{Answer, Asked, Began, Newest, Past, ReadPeople, Store, Unused};

use super::UseCaseError;
use super::turns::in_turn;

pub use hints::Hint;
pub use spread::Spread;

/// So many requests are looked at, the newest of the span.
const AT_MOST: u64 = 100_000;

/// How many resources and people are named.
const NAMED: usize = 10;

/// A day, UTC.
pub const DAY: Duration = Duration::from_hours(24);

/// One day: its midnight, UTC, and what began on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfDay {
    pub begins: Timestamp,
    pub requests: u64,
    pub granted: u64,
}

/// Somebody who answered.
#[derive(Clone, Debug)]
pub struct Decider {
    pub person: PersonFacts,
    pub answers: Spread,
}

/// How much of the access that was granted had been requested for up to a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// The longest that counts here; `None`: longer than all others.
    pub up_to: Option<Duration>,
    pub granted: u64,
}

/// What happened to the requests that were made in a span of days.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Each day of the span, the oldest first.
    pub days: Vec<OfDay>,
    pub requests: u64,
    /// Whether there were more, and only the newest count.
    pub is_cut: bool,
    pub granted: u64,
    pub rejected: u64,
    pub lapsed: u64,
    /// From the request to its decision by people.
    pub to_decide: Option<Spread>,
    /// From the decision to the access.
    pub to_grant: Option<Spread>,
    /// How late expired access ended.
    pub late: Option<Spread>,
    pub lasting: Vec<Lasting>,
    pub asked_most: Vec<Asked>,
    /// Those who answered most, and how long after the request.
    pub deciders: Vec<Decider>,
    pub hints: Vec<Hint>,
    /// Of the access that is over and whose use is known: how much was used how, in the order of the words.
    pub uses: [(Used, u64); 4],
    /// The resources whose access was most often not used.
    pub unused_most: Vec<Unused>,
}

/// The figures of the `days` that end with the day of now.
pub async fn figures(
    store: &Store,
    reader: &Reader,
    days: u16,
    now: Timestamp,
) -> Result<Figures, UseCaseError> {
    let (from, to) = span(now, days);
    let newest = |most: u64| Newest { from, to, most };
    let (mut past, began, asked_most, unused_most, answers) = tokio::try_join!(
        in_turn(store.past(reader, newest(AT_MOST + 1))),
        in_turn(store.began_by_day(reader, from, to)),
        in_turn(store.asked_most(reader, newest(AT_MOST), NAMED as u64)),
        in_turn(store.unused_most(reader, newest(AT_MOST), NAMED as u64)),
        in_turn(store.answers_to(reader, newest(AT_MOST))),
    )?;
    let is_cut = past.len() as u64 > AT_MOST;
    past.truncate(usize::try_from(AT_MOST).unwrap_or(usize::MAX));
    let counted = |is: fn(&Past) -> bool| past.iter().filter(|past| is(past)).count() as u64;
    Ok(Figures {
        days: by_day(from, days, &past, &began),
        requests: past.len() as u64,
        is_cut,
        granted: counted(|past| past.granted_at.is_some()),
        rejected: counted(|past| past.state == State::Rejected(RejectCause::ByApprover)),
        lapsed: counted(|past| past.state == State::Rejected(RejectCause::Lapsed)),
        to_decide: Spread::of(past.iter().filter_map(to_decide)),
        to_grant: Spread::of(past.iter().filter_map(to_grant)),
        late: Spread::of(past.iter().filter_map(late)),
        lasting: lasting(&past),
        hints: hints::of(&past),
        uses: uses(&past),
        unused_most,
        asked_most,
        deciders: deciders(store, answers).await?,
    })
}

/// From the midnight that begins the first day to the one that ends today.
fn span(now: Timestamp, days: u16) -> (Timestamp, Timestamp) {
    (Edge::Today(1 - i32::from(days)).at(now), Edge::Today(1).at(now))
}

fn by_day(start: Timestamp, days: u16, past: &[Past], began: &[Began]) -> Vec<OfDay> {
    let mut all: Vec<OfDay> = (0..u32::from(days))
        .map(|day| OfDay {
            begins: start.plus(DAY * day),
            requests: 0,
            granted: 0,
        })
        .collect();
    let index =
        |at: Timestamp| usize::try_from((at.micros() - start.micros()).div_euclid(micros_of(DAY))).ok();
    for past in past {
        if let Some(day) = index(past.created_at).and_then(|index| all.get_mut(index)) {
            day.requests += 1;
        }
    }
    for (day, all) in (0..).zip(&mut all) {
        let on_it = began.iter().find(|began| began.day == day);
        all.granted = on_it.map_or(0, |began| began.times);
    }
    all
}

fn to_decide(past: &Past) -> Option<Duration> {
    let by_people = past.decided_by == Some(DecidedBy::Person);
    let decided_at = past.decided_at.filter(|_| by_people)?;
    Some(decided_at.since(past.created_at))
}

fn to_grant(past: &Past) -> Option<Duration> {
    Some(past.granted_at?.since(past.decided_at?))
}

/// Only where the time was over: access that was taken away is not late.
fn late(past: &Past) -> Option<Duration> {
    let ended_at = past.ended_at.filter(|_| past.state == State::Expired)?;
    Some(ended_at.since(past.until?))
}

const HOUR: Duration = Duration::from_hours(1);

/// Access that is longer than the last of these is standing access in all but name.
const LENGTHS: [Option<Duration>; 5] = [
    Some(HOUR),
    Some(Duration::from_hours(4)),
    Some(Duration::from_hours(8)),
    Some(DAY),
    None,
];

fn lasting(past: &[Past]) -> Vec<Lasting> {
    let mut lasting = LENGTHS.map(|up_to| Lasting { up_to, granted: 0 });
    for past in past.iter().filter(|past| past.granted_at.is_some()) {
        let is_in = |lasting: &&mut Lasting| {
            lasting
                .up_to
                .is_none_or(|up_to| past.duration_us <= micros_of(up_to))
        };
        if let Some(lasting) = lasting.iter_mut().find(is_in) {
            lasting.granted += 1;
        }
    }
    lasting.into()
}

/// Access that is still live may be used yet.
fn uses(past: &[Past]) -> [(Used, u64); 4] {
    let over = || past.iter().filter(|past| past.ended_at.is_some());
    Used::ALL.map(|used| (used, over().filter(|past| past.used == Some(used)).count() as u64))
}

async fn deciders(store: &Store, answers: Vec<Answer>) -> Result<Vec<Decider>, UseCaseError> {
    let mut by_person: BTreeMap<PersonId, Vec<Duration>> = BTreeMap::new();
    for answer in answers {
        by_person.entry(answer.by).or_default().push(answer.took);
    }
    let mut most: Vec<(PersonId, Vec<Duration>)> = by_person.into_iter().collect();
    most.sort_by_key(|(_, answers)| std::cmp::Reverse(answers.len()));
    most.truncate(NAMED);
    let ids: Vec<PersonId> = most.iter().map(|(person, _)| person.clone()).collect();
    let people = store.people_by_id(&ids).await?;
    let named = most.into_iter().filter_map(|(id, answers)| {
        let person = people.iter().find(|person| person.id == id)?;
        Some(Decider {
            person: PersonFacts::from(person),
            answers: Spread::of(answers)?,
        })
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_ends_with_the_day_of_now_and_has_as_many_days_as_asked_for() {
        let at = |text: &str| Timestamp::from_rfc3339(text).unwrap();
        let week = (at("2026-11-24T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        for now in [
            "2026-11-30T00:00:00Z",
            "2026-11-30T16:05:09Z",
            "2026-11-30T23:59:59.999999Z",
        ] {
            assert_eq!(span(at(now), 7), week, "{now}");
        }
    }
}
