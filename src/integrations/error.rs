//! What went wrong with a target, and whether a later try may go better.

use std::time::Duration;

/// Decided where the error happens. `said` is for people: no full stop, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationError {
    /// May work later, though nobody does anything about it.
    #[error("{said}")]
    Retry {
        cause: Cause,
        said: String,
        /// How long the target asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// Will not work until somebody changes something.
    #[error("{said}")]
    Refuse { cause: Cause, said: String },
}

/// Why a call to a target failed, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing answers there, or nothing that takes changes now: it is starting, stopping, or read-only.
    Unreachable,
    /// It did not answer in time.
    Slow,
    /// Somebody else holds what the call needs, or there is no room.
    Busy,
    /// Only a part is done, or somebody undid it meanwhile.
    Unfinished,
    /// The secret or the key is not there, or cannot be read or used.
    Secret,
    /// The answer was not understood, or this machine failed.
    Odd,
    /// The config, the target or what the person gave is not fit for it.
    Setup,
    /// The bot lacks a right on the target.
    Rights,
    /// What the grant names is not there.
    Missing,
    /// What bears the name is somebody else's.
    NotOurs,
    /// The access has ended, or somebody took it away on the target.
    Over,
    /// It would give more than was asked for.
    TooMuch,
    /// This version or this kind cannot do it.
    Unsupported,
}

impl IntegrationError {
    pub fn retry(cause: Cause, said: impl Into<String>) -> Self {
        Self::Retry {
            cause,
            said: in_one_line(&said.into()),
            retry_after: None,
        }
    }

    pub fn refuse(cause: Cause, said: impl Into<String>) -> Self {
        Self::Refuse {
            cause,
            said: in_one_line(&said.into()),
        }
    }

    pub const fn cause(&self) -> Cause {
        match self {
            Self::Retry { cause, .. } | Self::Refuse { cause, .. } => *cause,
        }
    }

    /// How long the target asked to be left alone, if it did.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Retry { retry_after, .. } => *retry_after,
            Self::Refuse { .. } => None,
        }
    }

    /// The same error, said in other words.
    #[must_use]
    pub fn said(self, words: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Retry {
                cause,
                said,
                retry_after,
            } => Self::Retry {
                cause,
                said: in_one_line(&words(said)),
                retry_after,
            },
            Self::Refuse { cause, said } => Self::Refuse {
                cause,
                said: in_one_line(&words(said)),
            },
        }
    }
}

/// Names on a target may hold line breaks, by which a grantee could write lines of their own into a log.
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
        let error = IntegrationError::retry(Cause::Busy, "a\r\nb").said(|why| format!("x\u{2028}y: {why}"));
        assert_eq!(error.to_string(), "x y: a  b");
    }
}
