//! A target's answers, whatever its kind.

use serde::{Deserialize, Serialize};

/// Why a call to a target failed, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nothing answers there, or nothing that accepts changes now: it is starting, stopping, or read-only.
    Unreachable,
    /// It did not answer in time.
    Slow,
    /// Somebody else holds what the call needs, or a limit is reached.
    Busy,
    /// Only part of it was done, or somebody undid it meanwhile.
    Unfinished,
    /// The secret or key is missing, or cannot be read or used.
    Secret,
    /// The answer was not understood, or this machine failed.
    Odd,
    /// The config, the target or the person's input is unsuitable.
    Setup,
    /// The bot lacks a right on the target.
    Rights,
    /// What the grant names is not there.
    Missing,
    /// What has that name belongs to somebody else.
    NotOurs,
    /// The access has ended, or somebody removed it on the target.
    Over,
    /// It would give more than was requested.
    TooMuch,
    /// This version or this kind cannot do it.
    Unsupported,
}

/// A call to a target that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFailure {
    pub trouble: Trouble,
    /// In the words of the integration: no full stop, and no secret.
    pub said: String,
}
