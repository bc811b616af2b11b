//! The audit trail: what an event says, the exact bytes that are hashed, and the chain over them.
//!
//! Pure, like `access`. Invariant: the payload that is stored is the payload that was hashed, to the byte; people's own
//! words are only in it as a salted hash, so they can be blanked later without breaking the chain.

pub mod cause;
pub mod chain;
pub mod day;
pub mod event;
mod facts;
mod name;
pub mod on_target;
mod origin;
pub mod overdue;
pub mod restored;
pub mod verify;
pub mod words;
