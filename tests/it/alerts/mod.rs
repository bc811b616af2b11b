//! What must not be missed.

mod heartbeat;
mod overdue;
