//! Compares what is on a target with what was granted. One question for each principal: does anything have to be done?
//!
//! Invariant: something on a target counts only if it is marked as this install's, and anything that is being changed
//! here right now is never judged.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ids::RequestNumber;
use super::named::named;
use super::time::Timestamp;

named! {
    /// What is done about live access that somebody changed on its target.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Drift {
        /// It is logged.
        Observe = "observe",
        /// It is reported once, in the trail and its channel.
        #[default]
        Warn = "warn",
        /// It is reported and corrected; what cannot be corrected is ended.
        Enforce = "enforce",
    }
}

/// What a target says about one of our principals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose it is; `None` if nothing on the target marks it as ours.
    pub request: Option<RequestNumber>,
    /// The end that the target enforces, or would; `None` if it has none.
    pub until: Option<Timestamp>,
    /// The end that is recorded beside it.
    pub noted: Option<Timestamp>,
    /// It is not locked.
    pub open: bool,
    /// Somebody is using it right now.
    pub in_session: bool,
    /// What it gives, and to whom.
    pub gives: BTreeSet<Tie>,
}

/// One tie of a principal to others on its target, or one thing that it may do on its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// What it may do on its own, in the target's words.
    Power(String),
    /// What it is a member of.
    Group(String),
    /// A group that its sessions may become.
    SetRole(String),
    /// Who is a member of it.
    Member(String),
}

impl Tie {
    /// Whether it gives somebody something that they do not have on their own.
    pub const fn is_membership(&self) -> bool {
        match self {
            Self::Group(_) | Self::Member(_) => true,
            Self::Power(_) | Self::SetRole(_) => false,
        }
    }
}

/// What we know about a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// No request of ours belongs to it.
    Nothing,
    /// It is being granted, extended, corrected or revoked, or its time is up and its timer is about to handle it.
    Busy,
    /// It is live, and this is what the target says if nobody changed it.
    Live(Held),
    /// It was revoked, and that was read back.
    Ended,
}

/// One way in which a target differs from what was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    Gone,
    Locked,
    /// Nothing marks it as ours any more.
    Unmarked,
    Ends(Option<Timestamp>),
    Noted(Option<Timestamp>),
    Added(Tie),
    Missing(Tie),
}

/// What has to be done about a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    Well,
    /// Live access was changed; never empty.
    Changed(Vec<Difference>),
    /// The same, and somebody joined it without a grant, or it joined something that nobody granted: these
    /// memberships are removed at once, whatever is done about the other differences. Memberships are never empty.
    Ungranted {
        memberships: Vec<Tie>,
        besides: Vec<Difference>,
    },
    /// No request belongs to it (any more): it ends then.
    EndsAt(Timestamp),
}

/// Judges one principal by what is known about it and what the target says; `None` if the target does not have it.
pub fn judge(known: &Known, found: Option<&Held>, now: Timestamp) -> Judgement {
    match (known, found) {
        (Known::Live(_), None) => Judgement::Changed(vec![Difference::Gone]),
        (Known::Live(granted), Some(held)) => {
            changed(differences(granted, held), held.request == granted.request)
        }
        (Known::Nothing, Some(held)) if held.is_ours_and_usable() => Judgement::EndsAt(held.ends_at(now)),
        (Known::Ended, Some(held)) if held.is_ours_and_usable() => Judgement::EndsAt(now),
        (Known::Busy | Known::Nothing | Known::Ended, _) => Judgement::Well,
    }
}

/// A principal that is not marked as ours is reported and not touched.
fn changed(differences: Vec<Difference>, says_ours: bool) -> Judgement {
    if differences.is_empty() {
        return Judgement::Well;
    }
    if !says_ours {
        return Judgement::Changed(differences);
    }
    let (mut memberships, mut besides) = (Vec::new(), Vec::new());
    for difference in differences {
        match difference {
            Difference::Added(tie) if tie.is_membership() => memberships.push(tie),
            other => besides.push(other),
        }
    }
    if memberships.is_empty() {
        Judgement::Changed(besides)
    } else {
        Judgement::Ungranted { memberships, besides }
    }
}

fn differences(granted: &Held, held: &Held) -> Vec<Difference> {
    let mut found = Vec::new();
    if held.request != granted.request {
        found.push(Difference::Unmarked);
    } else if held.noted != granted.noted {
        found.push(Difference::Noted(held.noted));
    }
    if !held.open {
        found.push(Difference::Locked);
    } else if held.until != granted.until {
        found.push(Difference::Ends(held.until));
    }
    let added: BTreeSet<Tie> = held.gives.difference(&granted.gives).cloned().collect();
    // A principal that leaves a group cannot become it either.
    let follows =
        |tie: &Tie| matches!(tie, Tie::SetRole(group) if added.contains(&Tie::Group(group.clone())));
    found.extend(
        added
            .iter()
            .filter(|tie| !follows(tie))
            .cloned()
            .map(Difference::Added),
    );
    let missing = granted.gives.difference(&held.gives).cloned();
    found.extend(missing.map(Difference::Missing));
    found
}

impl Held {
    fn is_ours_and_usable(&self) -> bool {
        self.request.is_some() && (self.open || self.in_session)
    }

    /// The earlier of its two ends, but not before `now`; at once if it has none, because nobody is granted access without an
    /// end.
    fn ends_at(&self, now: Timestamp) -> Timestamp {
        let ends = [self.until, self.noted].into_iter().flatten();
        ends.min().unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_time() -> impl Strategy<Value = Timestamp> {
        (0_i64..100).prop_map(Timestamp::from_seconds)
    }

    fn any_held() -> impl Strategy<Value = Held> {
        let tie = prop_oneof![
            "[ab]".prop_map(Tie::Power),
            "[ab]".prop_map(Tie::Group),
            "[ab]".prop_map(Tie::SetRole),
            "[ab]".prop_map(Tie::Member),
        ];
        let gives = proptest::collection::btree_set(tie, 0..4);
        let request = proptest::option::of((1_i64..4).prop_map(RequestNumber));
        let ends = (proptest::option::of(any_time()), proptest::option::of(any_time()));
        (request, ends, any::<bool>(), any::<bool>(), gives).prop_map(
            |(request, (until, noted), open, in_session, gives)| Held {
                request,
                until,
                noted,
                open,
                in_session,
                gives,
            },
        )
    }

    /// What an untouched grant looks like.
    fn any_grant() -> impl Strategy<Value = Held> {
        (any_held(), any_time()).prop_map(|(held, until)| Held {
            request: Some(RequestNumber(1)),
            until: Some(until),
            noted: Some(until),
            open: true,
            ..held
        })
    }

    proptest! {
        #[test]
        fn what_is_being_changed_here_is_never_judged(held in proptest::option::of(any_held()), now in any_time()) {
            prop_assert_eq!(judge(&Known::Busy, held.as_ref(), now), Judgement::Well);
        }

        #[test]
        fn live_access_is_well_exactly_if_it_is_as_granted(
            granted in any_grant(), other in any_held(), now in any_time(), in_session in any::<bool>(),
        ) {
            let known = Known::Live(granted.clone());
            let used = Held { in_session, ..granted.clone() };
            prop_assert_eq!(judge(&known, Some(&used), now), Judgement::Well);
            let same = Held { in_session: granted.in_session, ..other.clone() } == granted;
            prop_assert_eq!(judge(&known, Some(&other), now) == Judgement::Well, same);
        }

        #[test]
        fn a_membership_that_nobody_granted_is_never_a_mere_change(granted in any_grant(), held in any_held(), now in any_time()) {
            let held = Held { request: granted.request, ..held };
            let ungranted = |tie: &&Tie| tie.is_membership() && !granted.gives.contains(tie);
            let expected: Vec<Tie> = held.gives.iter().filter(ungranted).cloned().collect();
            match judge(&Known::Live(granted.clone()), Some(&held), now) {
                Judgement::Ungranted { memberships, besides } => {
                    prop_assert!(!memberships.is_empty());
                    prop_assert_eq!(memberships, expected);
                    let others = differences(&granted, &held).into_iter().filter(|difference| besides.contains(difference));
                    prop_assert_eq!(others.count(), besides.len());
                }
                Judgement::Well | Judgement::Changed(_) => prop_assert_eq!(expected, []),
                Judgement::EndsAt(_) => prop_assert!(false),
            }
        }

        #[test]
        fn what_does_not_say_that_it_is_ours_is_never_touched(
            granted in any_grant(), held in any_held(), now in any_time(),
        ) {
            let held = Held { request: None, ..held };
            for known in [Known::Nothing, Known::Ended, Known::Busy] {
                prop_assert_eq!(judge(&known, Some(&held), now), Judgement::Well);
            }
            let live = judge(&Known::Live(granted), Some(&held), now);
            prop_assert!(matches!(live, Judgement::Changed(_)), "{:?}", live);
        }

        #[test]
        fn whatever_nobody_stands_for_ends_and_never_later_than_it_says(held in any_held(), now in any_time()) {
            let held = Held { request: Some(RequestNumber(1)), open: true, ..held };
            let Judgement::EndsAt(at) = judge(&Known::Nothing, Some(&held), now) else {
                panic!("it would stay forever");
            };
            prop_assert!(at >= now);
            for end in [held.until, held.noted].into_iter().flatten() {
                prop_assert!(at <= end.max(now));
            }
            prop_assert_eq!(judge(&Known::Ended, Some(&held), now), Judgement::EndsAt(now));
        }

        #[test]
        fn only_live_access_is_ever_set_right(held in any_held(), now in any_time()) {
            for known in [Known::Nothing, Known::Ended] {
                let judgement = judge(&known, Some(&held), now);
                let is_set_right = matches!(judgement, Judgement::Changed(_) | Judgement::Ungranted { .. });
                prop_assert!(!is_set_right);
                prop_assert_eq!(judge(&known, None, now), Judgement::Well);
            }
        }
    }
}
