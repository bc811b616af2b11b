//! Signing in to the portal with what the bot says to one person in Slack, and the sessions that follow.
//!
//! Invariant: a link alone opens nothing, nor does its code. Whatever opens something is random, is known to one browser or
//! one person, and is stored as its hash only.

mod link;
mod secret;
mod session;

pub use link::{Entered, Handed, enter_code, hand_out};
pub use secret::Secret;
pub use session::{Begun, Here, SignedIn, begin, claimant, end, end_all, forget_old, whose};

pub(super) use session::end_all_in;

use std::time::Duration;

/// How long a link can be used, from the moment it was asked for.
pub const LINK_LASTS: Duration = Duration::from_mins(5);

/// How many wrong codes a link survives, less one.
const MISSES: i64 = 5;

/// How long a session lasts in all: a long working day.
pub const LASTS: Duration = Duration::from_hours(12);

/// How long a session lasts without being used.
pub const IDLE: Duration = Duration::from_hours(2);
