//! What a target holds, compared with what was granted. One question, asked for each principal: is anything to be done?
//!
//! Invariant: what a target holds counts only if it says itself that it is this install's, and what is just being changed
//! here is never judged.

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
        /// It stands in the log.
        Observe = "observe",
        /// It is told once, in the trail and its channel.
        #[default]
        Warn = "warn",
        /// It is told and set right; what cannot be set right is ended.
        Enforce = "enforce",
    }
}

/// What a target says of one principal of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose it is; none where nothing on the target says that it is ours.
    pub request: Option<RequestNumber>,
    /// The end that the target enforces, or would; none where it holds no time.
    pub until: Option<Timestamp>,
    /// The end that is noted beside it.
    pub noted: Option<Timestamp>,
    /// Nobody locked it.
    pub open: bool,
    /// Somebody uses it at this moment.
    pub in_session: bool,
    /// What it gives and whom it serves.
    pub gives: BTreeSet<Tie>,
}

/// One tie of a principal to others on its target, or one thing that it may do by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// What it may do by itself, as the target calls it.
    Power(String),
    /// What it is a member of.
    Group(String),
    /// A group that its sessions may become.
    SetRole(String),
    /// Who is a member of it.
    Member(String),
}

impl Tie {
    /// Whether somebody has something by it that nobody has by themselves.
    pub const fn is_membership(&self) -> bool {
        match self {
            Self::Group(_) | Self::Member(_) => true,
            Self::Power(_) | Self::SetRole(_) => false,
        }
    }
}

/// What we know of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// No request of ours stands for it.
    Nothing,
    /// It is being given, extended, set right or taken away, or its time is over and its timer takes it up.
    Busy,
    /// It is live, and this is what the target says while nobody changes it.
    Live(Held),
    /// It was taken away, and that was read back.
    Ended,
}

/// One way in which a target differs from what was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    Gone,
    Locked,
    /// Nothing says any more that it is ours.
    Unmarked,
    Ends(Option<Timestamp>),
    Noted(Option<Timestamp>),
    Added(Tie),
    Missing(Tie),
}

/// What is to be done about a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    Well,
    /// Live access was changed; never empty.
    Changed(Vec<Difference>),
    /// The same, and somebody joined it whom nobody granted it, or it joined something that nobody granted: these
    /// memberships go at once, whatever is done about the other differences. Memberships are never empty.
    Ungranted {
        memberships: Vec<Tie>,
        besides: Vec<Difference>,
    },
    /// No request stands for it (any more): it ends then.
    EndsAt(Timestamp),
}

/// Judges one principal by what is known of it and what the target says; `None` if the target does not have it.
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

/// What does not say that it is ours is told of and not touched.
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
    // Whoever leaves a group cannot become it either.
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

    /// The earlier of its two ends, but not before `now`; at once where it has none, for access without an end is nobody's.
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

    /// What a grant looks like that nobody has touched.
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
                panic!("it would stand for ever");
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
