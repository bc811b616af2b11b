//! Access that should be gone and could not be revoked yet, as it was when that was reported.

use serde::{Deserialize, Serialize};

use crate::access::time::Timestamp;

/// What was known about it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// When it should have ended.
    pub due: Timestamp,
    /// From then to this event.
    pub late_us: u64,
    /// Since when the target has refused new logins by a deadline of its own; `None` if it has none, or it has not passed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_since: Option<Timestamp>,
    /// The kind cannot end sessions: open ones keep running in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_sessions_go_on: bool,
    /// Why the last try failed, in our words; `None` if none has finished yet.
    pub last_error: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// `None` while it is being tried.
    pub next_try: Option<Timestamp>,
    /// How many others were overdue on the same integration then; the first one's alarm covers them.
    pub others: u64,
}
