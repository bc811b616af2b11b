//! A trouble: what goes wrong, with which calls, envelopes or sockets, how often, and for what share of them.
//!
//! Invariant: the same sequence of calls meets the same troubles: shares are counted, never random.

use serde::{Deserialize, Serialize};

/// Something that goes wrong from now on, until it has happened often enough or is ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble<T> {
    pub(crate) what: T,
    /// The method or the kind of envelope it affects; all if absent.
    #[serde(default)]
    on: Option<String>,
    /// Affects only what has this text somewhere in its arguments or payload.
    #[serde(default)]
    about: Option<String>,
    /// How often it happens; if absent, until it is ended.
    #[serde(default)]
    times: Option<u32>,
    /// Affects every n-th of those it could affect.
    #[serde(default = "each")]
    every: u32,
}

fn each() -> u32 {
    1
}

impl<T> Trouble<T> {
    /// With one method of the Web API (or `response_url`), or one kind of envelope.
    pub fn on(name: &str, what: T) -> Self {
        Self {
            on: Some(name.to_owned()),
            ..Self::everywhere(what)
        }
    }

    /// For all of them.
    pub fn everywhere(what: T) -> Self {
        Self {
            what,
            on: None,
            about: None,
            times: None,
            every: each(),
        }
    }

    /// Only with what holds this text in its arguments or payload, as JSON spells it.
    #[must_use]
    pub fn about(mut self, text: &str) -> Self {
        self.about = Some(text.to_owned());
        self
    }

    /// This many times, and no more.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only every n-th of those it could affect: 3 lets two pass before each one.
    #[must_use]
    pub fn every(mut self, n: u32) -> Self {
        self.every = n.max(1);
        self
    }

    fn fits(&self, name: &str, words: impl FnOnce() -> String) -> bool {
        self.on.as_deref().is_none_or(|on| on == name)
            && self.about.as_deref().is_none_or(|about| words().contains(about))
    }
}

/// A trouble that was started, and what it has done so far.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Made<T> {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) trouble: Trouble<T>,
    /// How many it could have affected.
    seen: u32,
    pub(crate) happened: u32,
}

impl<T: Clone> Made<T> {
    pub(crate) fn new(id: u64, trouble: Trouble<T>) -> Self {
        Self {
            id,
            trouble,
            seen: 0,
            happened: 0,
        }
    }

    /// What happens to this one, if it is its turn.
    fn meet(&mut self, name: &str, words: impl FnOnce() -> String) -> Option<T> {
        let is_over = self.trouble.times.is_some_and(|times| self.happened >= times);
        if is_over || !self.trouble.fits(name, words) {
            return None;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(self.trouble.every) {
            return None;
        }
        self.happened += 1;
        Some(self.trouble.what.clone())
    }
}

/// The first trouble whose turn it is decides; later ones do not count this one.
pub(super) fn first<T: Clone>(made: &mut [Made<T>], name: &str, words: impl Fn() -> String) -> Option<T> {
    made.iter_mut().find_map(|made| made.meet(name, &words))
}
