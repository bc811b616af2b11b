//! How access was used, as far as its target can say.
//!
//! Invariant: nothing is said that was not seen. Sessions are sampled by looks at the target, so a session between two looks
//! stays unknown; that nobody used access is certain only if nobody was shown its credentials. Names that a grantee chooses
//! are few, short and printable.

use serde::{Deserialize, Serialize};

use super::named::named;
use super::time::Timestamp;

named! {
    /// What is known about the use of a grant.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Used {
        /// No credentials were shown, so nobody can have used it.
        Never = "never",
        /// Credentials were shown, but there was no session at any look.
        NotSeen = "not_seen",
        /// There was a session at a look.
        Seen = "seen",
        /// Credentials were shown, and the target does not tell who uses them.
        GivenOut = "given_out",
    }
}

named! {
    /// What tells how a grant is used.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Tells {
        /// The target shows the sessions of the grant's own login.
        Sessions = "sessions",
        /// Only the credentials that were shown: nobody can use the grant without them.
        Credentials = "credentials",
    }
}

/// How many different texts are kept.
const KEPT: usize = 5;

/// The longest text that is kept, in characters.
const LONGEST: usize = 64;

/// The first few different texts, and whether there were more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Few {
    pub kept: Vec<String>,
    pub more: bool,
}

impl Few {
    /// Adds a text, shortened, with `?` for every character that is not printable ASCII. An empty one is left out.
    pub fn add(&mut self, text: &str) {
        let printable = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
        let text: String = text.chars().take(LONGEST).map(printable).collect();
        let text = text.trim();
        if text.is_empty() || self.kept.iter().any(|kept| kept == text) {
            return;
        }
        if self.kept.len() < KEPT {
            self.kept.push(text.to_owned());
        } else {
            self.more = true;
        }
    }

    fn join(&mut self, other: &Self) {
        other.kept.iter().for_each(|text| self.add(text));
        self.more |= other.more;
    }
}

/// The sessions of a grant at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    pub count: u32,
    /// Where they come from, as far as the target says.
    pub addresses: Few,
    /// What their applications call themselves.
    pub applications: Few,
}

impl Sessions {
    /// With those on another server at the same moment.
    pub fn join(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.addresses.join(&other.addresses);
        self.applications.join(&other.applications);
    }
}

/// The first and the last look at which there was a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub first: Timestamp,
    pub last: Timestamp,
}

/// What several looks at a grant found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    pub count: u32,
    pub from: Timestamp,
    pub last: Timestamp,
    /// Sessions at the last look.
    pub sessions: u32,
    pub most_at_once: u32,
    pub seen: Option<Seen>,
    pub addresses: Few,
    pub applications: Few,
}

impl Looks {
    /// One look.
    pub fn at(moment: Timestamp, found: &Sessions) -> Self {
        Self {
            count: 1,
            from: moment,
            last: moment,
            sessions: found.count,
            most_at_once: found.count,
            seen: (found.count > 0).then_some(Seen {
                first: moment,
                last: moment,
            }),
            addresses: found.addresses.clone(),
            applications: found.applications.clone(),
        }
    }

    /// These and others, whichever came first.
    pub fn join(&mut self, others: &Self) {
        self.count = self.count.saturating_add(others.count);
        if others.last >= self.last {
            self.sessions = others.sessions;
        }
        self.from = self.from.min(others.from);
        self.last = self.last.max(others.last);
        self.most_at_once = self.most_at_once.max(others.most_at_once);
        self.seen = match (self.seen, others.seen) {
            (Some(seen), Some(again)) => Some(Seen {
                first: seen.first.min(again.first),
                last: seen.last.max(again.last),
            }),
            (seen, again) => seen.or(again),
        };
        self.addresses.join(&others.addresses);
        self.applications.join(&others.applications);
    }

    /// Whether they found more than `before`, which they include, besides that time went by.
    pub fn found_more_than(&self, before: &Self) -> bool {
        self.seen.is_some() != before.seen.is_some()
            || (self.sessions > 0) != (before.sessions > 0)
            || self.most_at_once > before.most_at_once
            || self.addresses != before.addresses
            || self.applications != before.applications
    }
}

/// Everything that is known about the use of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub tells: Tells,
    /// How often credentials were shown.
    pub shown: u32,
    /// When that was the last time.
    pub shown_at: Option<Timestamp>,
    /// `None` before the first look, and for targets that show no sessions.
    pub looks: Option<Looks>,
}

impl Usage {
    /// Of access that was just granted.
    pub const fn none(tells: Tells) -> Self {
        Self {
            tells,
            shown: 0,
            shown_at: None,
            looks: None,
        }
    }

    pub fn used(&self) -> Used {
        if self.seen().is_some() {
            return Used::Seen;
        }
        match (self.shown, self.tells) {
            (0, _) => Used::Never,
            (_, Tells::Sessions) => Used::NotSeen,
            (_, Tells::Credentials) => Used::GivenOut,
        }
    }

    /// When there was a session, if there was one at a look.
    pub fn seen(&self) -> Option<Seen> {
        self.looks.as_ref().and_then(|looks| looks.seen)
    }

    /// More looks.
    pub fn add(&mut self, later: &Looks) {
        match &mut self.looks {
            Some(looks) => looks.join(later),
            None => self.looks = Some(later.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn sessions(count: u32, application: &str) -> Sessions {
        let mut sessions = Sessions {
            count,
            ..Sessions::default()
        };
        sessions.applications.add(application);
        sessions
    }

    #[test]
    fn the_word_is_never_stronger_than_what_is_known() {
        let mut usage = Usage::none(Tells::Sessions);
        assert_eq!(usage.used(), Used::Never);
        usage.add(&Looks::at(at(1), &Sessions::default()));
        assert_eq!(usage.used(), Used::Never, "nobody can have used it");
        usage.shown = 1;
        assert_eq!(usage.used(), Used::NotSeen);
        usage.tells = Tells::Credentials;
        assert_eq!(usage.used(), Used::GivenOut);
        let mut seen = Usage::none(Tells::Sessions);
        seen.add(&Looks::at(at(1), &sessions(1, "psql")));
        assert_eq!(
            seen.used(),
            Used::Seen,
            "a server may let people in without credentials"
        );
    }

    #[test]
    fn looks_add_up() {
        let mut looks = Looks::at(at(1), &Sessions::default());
        for (moment, count) in [(2, 1), (3, 4), (4, 2), (5, 0)] {
            looks.join(&Looks::at(at(moment), &sessions(count, "psql")));
        }
        let expected = Looks {
            count: 5,
            from: at(1),
            last: at(5),
            sessions: 0,
            most_at_once: 4,
            seen: Some(Seen {
                first: at(2),
                last: at(4),
            }),
            addresses: Few::default(),
            applications: Few {
                kept: vec!["psql".to_owned()],
                more: false,
            },
        };
        assert_eq!(looks, expected);
        let mut later = looks.clone();
        later.join(&Looks::at(at(6), &Sessions::default()));
        assert!(!later.found_more_than(&looks));
        later.join(&Looks::at(at(7), &sessions(1, "psql")));
        assert!(later.found_more_than(&looks));
    }

    proptest! {
        #[test]
        fn whatever_a_grantee_writes_stays_small_and_printable(texts in prop::collection::vec(".{0,90}", 0..20)) {
            let mut few = Few::default();
            for text in &texts {
                few.add(text);
            }
            prop_assert!(few.kept.len() <= KEPT);
            let is_plain = |text: &String| {
                text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            };
            prop_assert!(few.kept.iter().all(is_plain));
        }
    }
}
