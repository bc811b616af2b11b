//! A target's answers, whatever its kind.

use serde::{Deserialize, Serialize};

use super::named::named;

named! {
    /// Why a call to a target failed, whatever the kind.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Trouble {
        /// Nothing answers there, or nothing that accepts changes now: it is starting, stopping, or read-only.
        Unreachable = "unreachable",
        /// It did not answer in time.
        Slow = "slow",
        /// Somebody else holds what the call needs, or a limit is reached.
        Busy = "busy",
        /// Only part of it was done, or somebody undid it meanwhile.
        Unfinished = "unfinished",
        /// The secret or key is missing, or cannot be read or used.
        Secret = "secret",
        /// The answer was not understood, or this machine failed.
        Odd = "odd",
        /// The config, the target or the person's input is unsuitable.
        Setup = "setup",
        /// The bot lacks a right on the target.
        Rights = "rights",
        /// What the grant names is not there.
        Missing = "missing",
        /// What has that name belongs to somebody else.
        NotOurs = "not_ours",
        /// The access has ended, or somebody removed it on the target.
        Over = "over",
        /// It would give more than was requested.
        TooMuch = "too_much",
        /// This version or this kind cannot do it.
        Unsupported = "unsupported",
    }
}

/// A call to a target that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFailure {
    pub trouble: Trouble,
    /// In the words of the integration: no full stop, and no secret.
    pub said: String,
}
