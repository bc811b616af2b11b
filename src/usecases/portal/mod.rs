//! Signing in to the portal, with what the bot says to one person in Slack or with an account of an issuer, and the sessions that
//! follow.
//!
//! Invariant: a link alone opens nothing, nor does its code. Whatever opens something is random, is known to one browser or
//! one person, and is stored as its hash only.

mod attempt;
mod by_role;
mod identity;
mod link;
mod secret;
mod session;
mod visitor;

pub use attempt::{begin_attempt, take_attempt};
pub use by_role::end_without_role;
pub use identity::{By, Proven, Through, accept_identity, sign_in_with};
pub use link::{Entered, Handed, enter_code, hand_out};
pub use secret::Secret;
pub use session::{Begun, Here, Holder, SignedIn, begin, claimant, end, end_all, forget_old, still, whose};
pub use visitor::Visitor;

pub(super) use session::end_all_in;

use std::time::Duration;

/// How long a link can be used, from the moment it was asked for.
pub const LINK_LASTS: Duration = Duration::from_mins(5);

/// How long somebody may take at the issuer that they sign in with.
const ATTEMPT_LASTS: Duration = Duration::from_mins(10);

/// How long an account of an issuer waits for an admin.
const WAITS_FOR: Duration = Duration::from_hours(24);

/// How many wrong codes a link survives, less one.
const MISSES: i64 = 5;

/// How long a session lasts in all: a long working day.
pub const LASTS: Duration = Duration::from_hours(12);

/// How long a session lasts without being used.
pub const IDLE: Duration = Duration::from_hours(2);
