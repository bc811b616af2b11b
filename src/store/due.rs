//! When a lane is worth a look, as far as this process knows.

use crate::access::time::Timestamp;

/// When something waits to be claimed, as far as this process knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A commit of ours made something that is due.
    Now,
    /// A look may find something.
    Perhaps,
    /// Nothing earlier than this.
    At(Option<Timestamp>),
}

impl Due {
    /// A look may find something, if it is not certain already.
    pub(super) fn or_perhaps(self) -> Self {
        match self {
            Self::Now => Self::Now,
            Self::Perhaps | Self::At(_) => Self::Perhaps,
        }
    }

    /// Something is due then, if anything is.
    pub(super) fn learn(&mut self, next: Option<Timestamp>, now: Timestamp) {
        if next.is_some_and(|at| at <= now) {
            *self = self.or_perhaps();
        } else if let Self::At(known) = *self {
            *self = Self::At(known.into_iter().chain(next).min());
        }
    }
}
