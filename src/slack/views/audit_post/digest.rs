//! One message for a run of events, when the channel is far behind.
//!
//! Invariant: every event of the run is counted, and what gives, ends or changes access has a line of its own; only equal
//! refusals to one person share a line. An event that gets no post gets no line either, and begins or ends no run.

use std::collections::BTreeMap;

use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::store::StoredEvent;
use crate::telling::wording::minutes;
use crate::telling::{Told, Weight, told};

use super::super::kit::{Post, PostBuilder};

/// Up to this many events to post, each gets a message of its own.
pub const BEHIND: u64 = 30;

/// Events that one message covers.
pub const MOST: usize = 100;

/// Headlines that it shows.
const LINES: usize = 20;

/// How many of `events`, which wait in this order, the next message covers; never zero. `waiting` is how many wait in all. The
/// first one gets a post.
pub fn run_of(events: &[StoredEvent], waiting: u64) -> usize {
    let is_posted = |index: &usize| events[*index].event.what.is_posted();
    let posted = (0..events.len()).filter(is_posted).count();
    let others = (events.len() - posted) as u64;
    if waiting.saturating_sub(others) <= BEHIND {
        return 1;
    }
    let posted: Vec<usize> = (0..longest_run(events)).filter(is_posted).collect();
    match posted[..] {
        [_, .., last] => last + 1,
        [] | [_] => 1,
    }
}

/// The same, if all of them get a post.
fn longest_run(events: &[StoredEvent]) -> usize {
    let mut lines = 0;
    for (index, stored) in events.iter().take(MOST).enumerate() {
        match told(&stored.event).weight {
            Weight::Message => return index.max(1),
            Weight::Line if lines == LINES => return index,
            Weight::Line => lines += 1,
            Weight::Count => {}
        }
    }
    events.len().clamp(1, MOST)
}

/// The message for a run of at least two events.
pub fn digest(events: &[StoredEvent], now: Timestamp) -> Post {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return PostBuilder::default().build();
    };
    let behind = minutes(now.since(first.event.at));
    let range = format!("#{}-#{}", first.seq, last.seq);
    PostBuilder::default()
        .headline(
            "📚",
            &format!("{} EVENTS", events.len()),
            format!("{range} ({behind} behind)"),
        )
        .list(&lines(events))
        .context(&format!("{range} · {} · {}", last.hash.short(), last.event.at))
        .build()
}

fn lines(events: &[StoredEvent]) -> Vec<String> {
    let told: Vec<(&Event, Told<'_>)> = events
        .iter()
        .map(|stored| (&stored.event, told(&stored.event)))
        .collect();
    let important = told.iter().filter(|(_, told)| told.weight != Weight::Count);
    let mut room = LINES.saturating_sub(important.count());
    let mut lines: Vec<(Told<'_>, u64)> = Vec::new();
    let mut refusals: Vec<(&Event, usize)> = Vec::new();
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for (event, told) in told {
        let same = refusals.iter().find(|(other, _)| is_same_refusal(other, event));
        if let Some((_, line)) = same {
            lines[*line].1 += 1;
            continue;
        }
        if told.weight == Weight::Count {
            if room == 0 || !event.what.is_posted() {
                *counted.entry(event.what.name()).or_default() += 1;
                continue;
            }
            room -= 1;
        }
        if matches!(event.what, What::Refused { .. }) {
            refusals.push((event, lines.len()));
        }
        lines.push((told, 1));
    }
    let shown = lines.into_iter().map(|(told, times)| {
        let (mark, word, rest) = (told.mark, told.word, told.headline.plain());
        match times {
            1 => format!("{mark} {word} {rest}"),
            times => format!("{mark} {word} x{times} {rest}"),
        }
    });
    let counted: Vec<String> = counted
        .into_iter()
        .map(|(kind, count)| format!("{count} {}", kind.replace('_', " ")))
        .collect();
    let rest = (!counted.is_empty()).then(|| format!("and {}", counted.join(", ")));
    shown.chain(rest).collect()
}

fn is_same_refusal(one: &Event, other: &Event) -> bool {
    one.actor == other.actor && matches!(other.what, What::Refused { .. }) && one.what == other.what
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::forbidden::{Forbidden, Tried};
    use crate::access::ids::InstallId;
    use crate::access::people::{Account, Standing};
    use crate::audit::chain::Head;
    use crate::audit::event::{Actor, Origin, Via};
    use crate::audit::read::{Page, Read};
    use crate::audit::restored::Restored;

    fn trail(kinds: &[u8]) -> Vec<StoredEvent> {
        let mut head = Head::EMPTY;
        let stored = kinds.iter().map(|kind| {
            let actor = match kind {
                3 => Actor::Stranger {
                    account: Account::slack("U1"),
                    home: "T1".to_owned(),
                },
                _ => Actor::Apono,
            };
            let what = match kind {
                4 => What::Read(Read {
                    page: Page::Log,
                    about: None,
                    hour: Timestamp::from_seconds(0),
                }),
                0 => What::Stopped,
                1 => What::Frozen {
                    integration: "orders-db".to_owned(),
                    reason: None,
                },
                2 => What::Restored(Restored::Found {
                    channel_seq: 1,
                    channel_head: "0".repeat(64),
                    here: 1,
                }),
                _ => What::Refused {
                    tried: Tried::Click,
                    why: Forbidden::Account(Standing::Guest),
                    standing: None,
                },
            };
            let origin = Origin {
                via: Via::Worker,
                cause: "test".to_owned(),
                actor,
            };
            let at = Timestamp::from_seconds(1);
            let event = Event::new(at, InstallId::new("abcdefgh"), origin, None, what);
            head = head.after(event.canonical().as_bytes());
            StoredEvent {
                seq: head.seq,
                hash: head.hash,
                event,
            }
        });
        stored.collect()
    }

    /// The runs that a trail of these is posted in, from page to page of what waits. What gets no post is passed over before.
    fn runs(events: &[StoredEvent]) -> Vec<&[StoredEvent]> {
        let mut left = events;
        let mut runs = Vec::new();
        while let Some(first) = left.iter().position(|stored| stored.event.what.is_posted()) {
            left = &left[first..];
            let page = &left[..left.len().min(MOST)];
            let (run, rest) = left.split_at(run_of(page, left.len() as u64));
            runs.push(run);
            left = rest;
        }
        runs
    }

    proptest! {
        #[test]
        fn each_event_is_in_one_run_and_each_that_matters_has_its_line(kinds in prop::collection::vec(0..5_u8, 1..400)) {
            let events = trail(&kinds);
            let runs = runs(&events);
            let is_posted = |stored: &&StoredEvent| stored.event.what.is_posted();
            let posted = runs.iter().flat_map(|run| run.iter()).filter(is_posted);
            prop_assert!(posted.eq(events.iter().filter(is_posted)));
            for run in &runs {
                prop_assert!([run.first(), run.last()].into_iter().flatten().all(|end| is_posted(&end)));
            }
            for run in runs.into_iter().filter(|run| run.len() > 1) {
                let lines = lines(run);
                prop_assert!(lines.len() <= LINES + 1, "{lines:#?}");
                let frozen = run.iter().filter(|stored| matches!(stored.event.what, What::Frozen { .. })).count();
                prop_assert_eq!(lines.iter().filter(|line| line.contains("FROZEN")).count(), frozen);
                prop_assert!(run.iter().all(|stored| !matches!(stored.event.what, What::Restored(_))));
                prop_assert!(lines.iter().all(|line| !line.contains("READ")), "{lines:#?}");
            }
        }
    }

    #[test]
    fn ten_thousand_events_that_all_matter_are_posted_within_ten_minutes_at_one_a_second() {
        let events = trail(&vec![1; 10_000]);
        assert!(runs(&events).len() <= 600);
    }

    #[test]
    fn few_events_have_a_message_each() {
        let events = trail(&[0; 30]);
        assert_eq!(runs(&events).len(), 30);
    }

    #[test]
    fn reads_make_no_digest_of_a_single_event() {
        let mut kinds = vec![0; 1];
        kinds.extend([4; 90]);
        assert_eq!(run_of(&trail(&kinds), 5_000), 1);
        kinds.extend([0; 20]);
        assert_eq!(run_of(&trail(&kinds[..100]), 111), 1, "20 posts are not many");
    }

    #[test]
    fn a_run_says_what_matters_and_counts_the_rest() {
        let mut kinds = vec![3; 40];
        kinds.extend([0; 30]);
        kinds.extend([1, 1]);
        let events = trail(&kinds);
        let post = digest(&events, Timestamp::from_seconds(181));
        let lines: Vec<&str> = post.text.lines().collect();
        assert_eq!(lines[0], "📚 72 EVENTS #1-#72 (3 min behind)");
        assert_eq!(
            lines[1],
            "⛔ REFUSED x40 click by an unknown account (U1 of T1): Guest accounts may not do that."
        );
        assert_eq!(lines.iter().filter(|line| line.contains("FROZEN")).count(), 2);
        assert_eq!(lines[lines.len() - 2], "and 13 stopped");
    }
}
