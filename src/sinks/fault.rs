//! Why a sink did not take what it was given. The sentences hold no secret and no text of the other side.

use std::time::Duration;

/// What went wrong, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may work the next time; not before `after`, if the other side said so.
    #[error("{why}")]
    Later { why: String, after: Option<Duration> },
    /// Something in this batch is not accepted: smaller ones are tried.
    #[error("{why}")]
    Refused { why: String },
    /// Nothing is accepted until somebody changes something here or there.
    #[error("{why}")]
    Held { why: String },
}

impl Fault {
    /// It may work the next time.
    pub(super) fn later(why: impl Into<String>) -> Self {
        Self::Later {
            why: why.into(),
            after: None,
        }
    }

    /// Somebody has to change something.
    pub(super) fn held(why: impl Into<String>) -> Self {
        Self::Held { why: why.into() }
    }
}

/// A secret that cannot be read is fixed by an operator.
impl From<crate::secrets::SecretError> for Fault {
    fn from(error: crate::secrets::SecretError) -> Self {
        Self::held(error.to_string())
    }
}
