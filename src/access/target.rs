//! What a target answers, whatever its kind.

use serde::{Deserialize, Serialize};

/// Why a call to a target failed, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
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

/// A call to a target that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFailure {
    pub trouble: Trouble,
    /// In the words of the integration: no full stop, and no secret.
    pub said: String,
}
