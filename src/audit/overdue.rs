//! Access that should be gone and could not be taken away yet, as it stood when that was said.

use serde::{Deserialize, Serialize};

use crate::access::time::Timestamp;

/// What was known of it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// When it should have ended.
    pub due: Timestamp,
    /// From then to this event.
    pub late_us: u64,
    /// Since when the target refuses new logins by a deadline of its own; `None` if it holds none, or was not reached yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_since: Option<Timestamp>,
    /// The kind cannot end sessions: those that were open go on in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_sessions_go_on: bool,
    /// Why the last try failed, in our words; `None` if none has come back yet.
    pub last_error: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// `None` while it is being tried.
    pub next_try: Option<Timestamp>,
    /// How many others were overdue on the same integration then, for which the first one's alarm stands.
    pub others: u64,
}
