//! When to look at a lane, as far as this process knows.

use crate::access::time::Timestamp;

/// When something can be claimed, as far as this process knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// One of our commits created something that is due.
    Now,
    /// A look may find something.
    Perhaps,
    /// Nothing before this time.
    At(Option<Timestamp>),
}

impl Due {
    /// A look may find something, unless that is already certain.
    pub(super) fn or_perhaps(self) -> Self {
        match self {
            Self::Now => Self::Now,
            Self::Perhaps | Self::At(_) => Self::Perhaps,
        }
    }

    /// Something may be due at that time.
    pub(super) fn learn(&mut self, next: Option<Timestamp>, now: Timestamp) {
        if next.is_some_and(|at| at <= now) {
            *self = self.or_perhaps();
        } else if let Self::At(known) = *self {
            *self = Self::At(known.into_iter().chain(next).min());
        }
    }
}
