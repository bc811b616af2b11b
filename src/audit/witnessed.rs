//! A trail that verifies, compared with what others saw of it: heads that were shown somewhere else, or written down.
//!
//! A verified trail can still have lost its end, or have been recomputed from some event on. Whoever saw a head that the trail
//! does not have proves it.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::chain::Hash;
use crate::access::time::Timestamp;

/// Fewer digits than messages show could match by chance.
const FEWEST_DIGITS: usize = 12;

/// A head that somebody saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub seq: u64,
    pub head: String,
    /// When it was shown: texts that sort by time.
    pub ts: String,
}

/// An operator accepted a database that was older than what had been shown, and the trail says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The event that says so.
    pub accepted: u64,
    /// The last event that had been shown.
    pub up_to: u64,
}

/// The heads in the order of their events, as far as this trail has to have them, and how many were given up. `made` says when the
/// events that do not fit were made, as far as this trail has them.
///
/// Whoever recomputes a trail can add an acceptance to it. It counts only if it was shown itself, after what it gives up, so that
/// everybody saw it; and only events that were made after that was shown can have taken its place.
pub fn binding(
    hashes: &[Hash],
    seen: Vec<Seen>,
    given_up: &[GivenUp],
    made: &BTreeMap<u64, Timestamp>,
) -> (Vec<Seen>, usize) {
    let shown: Vec<(u64, String)> = given_up
        .iter()
        .filter_map(|gone| {
            let mut posts = seen.iter();
            let post = posts.find(|seen| seen.seq == gone.accepted && seen.fits(hashes))?;
            Some((gone.up_to, post.ts.clone()))
        })
        .collect();
    let all = seen.len();
    let is_gone = |seen: &Seen| {
        let is_younger = made.get(&seen.seq).is_none_or(|at| seen.ts < as_ts(*at));
        let mut shown = shown.iter();
        is_younger && shown.any(|(up_to, ts)| seen.seq <= *up_to && seen.ts < *ts)
    };
    let binding: Vec<Seen> = seen
        .into_iter()
        .filter(|seen| seen.fits(hashes) || !is_gone(seen))
        .collect();
    let gone = all - binding.len();
    (binding, gone)
}

/// The same moment as Slack writes it.
fn as_ts(at: Timestamp) -> String {
    let (seconds, micros) = (
        at.micros().div_euclid(1_000_000),
        at.micros().rem_euclid(1_000_000),
    );
    format!("{seconds}.{micros:06}")
}

impl Seen {
    /// Whether the trail has it like that.
    pub fn fits(&self, hashes: &[Hash]) -> bool {
        at(hashes, self.seq).is_some_and(|here| here.to_string() == self.head)
    }
}

/// The first head that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("event #{seq} with the head {} was seen, but the trail ends at #{last}: its end was cut off", short(.head))]
    Cut { seq: u64, head: String, last: u64 },
    #[error(
        "event #{seq} was seen with the head {}, but has the head {} now: it, or one before it{}, was changed",
        short(.seen),
        .here.short(),
        .fits.map_or_else(String::new, |fits| format!(" and after #{fits}"))
    )]
    Changed {
        seq: u64,
        seen: String,
        here: Hash,
        /// The last event before it that was seen as it is now.
        fits: Option<u64>,
    },
}

fn short(head: &str) -> &str {
    head.get(..FEWEST_DIGITS).unwrap_or(head)
}

/// Compares heads in the order of their events with the trail, whose first event's hash is the first of `hashes`.
pub fn compare<'s>(hashes: &[Hash], seen: impl IntoIterator<Item = &'s Seen>) -> Result<(), Unfit> {
    let mut fits = None;
    for Seen { seq, head, .. } in seen {
        match at(hashes, *seq) {
            Some(here) if here.to_string() == *head => fits = Some(*seq),
            Some(here) => {
                return Err(Unfit::Changed {
                    seq: *seq,
                    seen: head.clone(),
                    here,
                    fits,
                });
            }
            None => {
                return Err(Unfit::Cut {
                    seq: *seq,
                    head: head.clone(),
                    last: u64::try_from(hashes.len()).unwrap_or(u64::MAX),
                });
            }
        }
    }
    Ok(())
}

fn at(hashes: &[Hash], seq: u64) -> Option<Hash> {
    let index = usize::try_from(seq.checked_sub(1)?).ok()?;
    hashes.get(index).copied()
}

/// A head that somebody wrote down, whole or shortened as messages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedHead(String);

/// The text is not a head.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is 12 to 64 hexadecimal digits, as the audit channel shows it after `#N ·`")]
pub struct NotAHead;

impl FromStr for NotedHead {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().to_ascii_lowercase();
        let longest = Hash::ZERO.to_string().len();
        let is_head = (FEWEST_DIGITS..=longest).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_head.then_some(Self(digits)).ok_or(NotAHead)
    }
}

impl std::fmt::Display for NotedHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl NotedHead {
    /// The event after which the trail had this head.
    pub fn found_in(&self, hashes: &[Hash]) -> Option<u64> {
        let is_it = |hash: &Hash| hash.to_string().starts_with(&self.0);
        let index = hashes.iter().position(is_it)?;
        u64::try_from(index).ok()?.checked_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Head;
    use super::*;

    fn hashes(payloads: &[&str]) -> Vec<Hash> {
        let mut head = Head::EMPTY;
        let after = payloads.iter().map(|payload| {
            head = head.after(payload.as_bytes());
            head.hash
        });
        after.collect()
    }

    fn seen(hashes: &[Hash]) -> Vec<Seen> {
        let numbered = hashes.iter().zip(1..);
        let seen = numbered.map(|(hash, seq)| Seen {
            seq,
            head: hash.to_string(),
            ts: format!("100000000{seq}.000000"),
        });
        seen.collect()
    }

    #[test]
    fn what_an_acceptance_gives_up_binds_no_more_if_it_was_shown_and_nothing_older_took_its_place() {
        let lost = seen(&hashes(&["a", "b", "c", "d"]));
        // Restored as it was after "b"; the third event found that, and the fourth accepted it.
        let here = hashes(&["a", "b", "found", "accepted"]);
        let gone = [GivenUp {
            accepted: 4,
            up_to: 4,
        }];
        let acceptance = |seconds: u8| Seen {
            seq: 4,
            head: here[3].to_string(),
            ts: format!("100000000{seconds}.000000"),
        };
        let at = |seconds: i64| Timestamp::from_micros((1_000_000_000 + seconds) * 1_000_000);
        let young = BTreeMap::from([(3, at(5)), (4, at(6))]);
        let with = |more: &[Seen], made| binding(&here, [&lost[..], more].concat(), &gone, made);
        assert_eq!(with(&[acceptance(7)], &young).1, 2);
        assert_eq!(with(&[acceptance(0)], &young).1, 0, "it was shown before");
        assert_eq!(with(&[], &young).1, 0, "nobody saw it");
        let old = BTreeMap::from([(3, at(2)), (4, at(6))]);
        assert_eq!(
            with(&[acceptance(7)], &old).1,
            1,
            "#3 is older than what was shown of #3"
        );
        let (bound, _) = with(&[acceptance(7)], &young);
        assert_eq!(compare(&here, &bound), Ok(()));
    }

    #[test]
    fn a_trail_that_only_grew_fits() {
        let long = hashes(&["a", "b", "c", "d"]);
        assert_eq!(compare(&long, &seen(&long[..3])), Ok(()));
        assert_eq!(compare(&long, &[]), Ok(()));
    }

    #[test]
    fn a_cut_end_and_a_recomputed_one_name_the_first_event_that_does_not_fit() {
        let long = hashes(&["a", "b", "c", "d"]);
        let other = hashes(&["a", "b", "x", "d"]);
        let said = [
            compare(&long[..2], &seen(&long)),
            compare(&other, &seen(&long)),
            compare(&other, &seen(&long)[2..]),
        ]
        .map(|unfit| unfit.unwrap_err().to_string());
        insta::assert_snapshot!(said.join("\n"), @"
        event #3 with the head 3150c3e663e2 was seen, but the trail ends at #2: its end was cut off
        event #3 was seen with the head 3150c3e663e2, but has the head 72a9ec749777 now: it, or one before it and after #2, was changed
        event #3 was seen with the head 3150c3e663e2, but has the head 72a9ec749777 now: it, or one before it, was changed
        ");
    }

    #[test]
    fn a_noted_head_is_found_whole_or_shortened_in_either_case() {
        let hashes = hashes(&["a", "b"]);
        let second = hashes[1].to_string();
        for text in [&second, &second[..12], &second.to_ascii_uppercase()] {
            assert_eq!(text.parse::<NotedHead>().unwrap().found_in(&hashes), Some(2));
            assert_eq!(text.parse::<NotedHead>().unwrap().found_in(&hashes[..1]), None);
        }
        for text in ["", &second[..11], &format!("{second}0"), "not hexadecimal"] {
            assert_eq!(text.parse::<NotedHead>(), Err(NotAHead));
        }
    }
}
