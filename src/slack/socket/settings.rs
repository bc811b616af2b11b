//! How many sockets, and how patient they are. The defaults are for Slack; tests are less patient.

use std::time::Duration;

/// Most sockets Slack lets one app hold.
pub(super) const MOST_SOCKETS: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketSettings {
    /// Sockets kept open, 1 to 10. While one is being replaced there is one more.
    pub sockets: usize,
    /// How often we ping the other side.
    pub ping_every: Duration,
    /// A socket that was silent this long is dead, whatever TCP thinks. Longer than `ping_every`.
    pub idle_after: Duration,
    /// Time given to a new socket from its address to Slack's hello.
    pub connect_within: Duration,
    /// How long a replaced socket is still served, unless Slack closes it earlier.
    pub retire_after: Duration,
    /// First pause after a failure; it doubles with each further one.
    pub backoff_base: Duration,
    /// Longest such pause.
    pub backoff_cap: Duration,
    /// Pause after a problem that only an operator can fix: Socket Mode switched off, a bad token, other programs holding all
    /// sockets.
    pub slow_retry: Duration,
    /// How long there may be sockets of this app that are not ours before an alarm is raised.
    pub others_for: Duration,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            sockets: 2,
            ping_every: Duration::from_secs(15),
            idle_after: Duration::from_secs(75),
            connect_within: Duration::from_secs(10),
            retire_after: Duration::from_secs(30),
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(30),
            slow_retry: Duration::from_mins(1),
            others_for: Duration::from_mins(2),
        }
    }
}
