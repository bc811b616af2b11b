//! What went wrong with a target, and whether a retry may help.

use std::time::Duration;

use crate::access::target::{TargetFailure, Trouble};

/// Decided where the error occurs. `said` is for people: no full stop, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationError {
    /// May work later without anyone doing anything.
    #[error("{said}")]
    Retry {
        trouble: Trouble,
        said: String,
        /// How long the target asked the bot to wait.
        retry_after: Option<Duration>,
    },
    /// Cannot work until somebody changes something.
    #[error("{said}")]
    Refuse { trouble: Trouble, said: String },
}

impl IntegrationError {
    pub fn retry(trouble: Trouble, said: impl Into<String>) -> Self {
        Self::Retry {
            trouble,
            said: in_one_line(&said.into()),
            retry_after: None,
        }
    }

    pub fn refuse(trouble: Trouble, said: impl Into<String>) -> Self {
        Self::Refuse {
            trouble,
            said: in_one_line(&said.into()),
        }
    }

    pub const fn trouble(&self) -> Trouble {
        match self {
            Self::Retry { trouble, .. } | Self::Refuse { trouble, .. } => *trouble,
        }
    }

    /// What the trail says about it.
    pub fn failure(&self) -> TargetFailure {
        TargetFailure {
            trouble: self.trouble(),
            said: self.to_string(),
        }
    }

    /// How long the target asked the bot to wait, if it did.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Retry { retry_after, .. } => *retry_after,
            Self::Refuse { .. } => None,
        }
    }

    /// The same error in other words.
    #[must_use]
    pub fn said(self, words: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Retry {
                trouble,
                said,
                retry_after,
            } => Self::Retry {
                trouble,
                said: in_one_line(&words(said)),
                retry_after,
            },
            Self::Refuse { trouble, said } => Self::refuse(trouble, words(said)),
        }
    }
}

/// Names on a target may contain line breaks, with which a grantee could write fake lines into a log.
fn in_one_line(said: &str) -> String {
    said.chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_a_target_adds_no_line_to_the_log() {
        let error = IntegrationError::retry(Trouble::Busy, "a\r\nb").said(|why| format!("x\u{2028}y: {why}"));
        assert_eq!(error.to_string(), "x y: a  b");
    }
}
