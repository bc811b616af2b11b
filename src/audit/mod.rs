//! The audit trail: what an event says, the exact bytes that are hashed, and the chain over them.
//!
//! Pure, like `access`. Invariant: the stored payload is, byte for byte, the payload that was hashed; people's own
//! words are in it only as a salted hash, so they can be blanked later without breaking the chain.

pub mod anomaly;
pub mod cause;
pub mod chain;
pub mod day;
pub mod ended;
pub mod event;
pub mod exported;
mod facts;
pub mod name;
pub mod on_target;
mod origin;
pub mod overdue;
pub mod portal;
pub mod read;
pub mod report;
pub mod restored;
pub mod review;
pub mod sink;
pub mod verify;
pub mod wanted;
pub mod witnessed;
pub mod words;
