//! The state of the sockets, for health checks, metrics and alarms.

use std::fmt;
use std::time::Instant;

/// The sockets as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketStatus {
    /// Sockets that were greeted by Slack and have not ended. With none, clicks are lost.
    pub open: usize,
    /// Sockets there should be.
    pub wanted: usize,
    pub last_hello: Option<Instant>,
    /// How many sockets of this app Slack counted at the last hello. More than ours means that somebody else holds the app's token.
    pub connections_told: Option<u32>,
    /// Of the highest count in the greetings of the open sockets, how many were not ours at the last hello. Their holder gets
    /// part of the clicks.
    pub others: usize,
    /// The app the token belongs to, according to Slack's hello.
    pub app_id: Option<String>,
    /// Why the last socket could not be opened or kept open; `None` once one was opened again.
    pub trouble: Option<Trouble>,
    pub counts: Counts,
}

/// What happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub envelopes: u64,
    pub acked: u64,
    /// Acknowledged after Slack's 3 s were over.
    pub late: u64,
    /// Left unacknowledged, for any reason.
    pub unacked: u64,
    pub panics: u64,
    pub unreadable: u64,
    /// Sockets opened.
    pub opened: u64,
    /// Sockets that could not be opened, or were ended before their time.
    pub setbacks: u64,
}

/// Why there is no socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Socket Mode was switched off in the app's settings.
    LinkDisabled,
    /// Slack refuses to open a socket, with this code: usually the token is wrong or was revoked.
    Refused(String),
    /// Too many sockets are open; other programs use this app's token.
    TooManySockets,
    /// A network or Slack problem, which passes by itself.
    Unreachable(String),
}

impl Trouble {
    /// It does not pass by itself.
    pub fn needs_an_operator(&self) -> bool {
        match self {
            Self::LinkDisabled | Self::Refused(_) | Self::TooManySockets => true,
            Self::Unreachable(_) => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkDisabled => f.write_str("Socket Mode is switched off in the app's settings"),
            Self::Refused(code) => write!(f, "Slack refuses to open a socket: {code}"),
            Self::TooManySockets => f.write_str("too many sockets are open with this app's token"),
            Self::Unreachable(why) => write!(f, "no socket could be opened: {why}"),
        }
    }
}
