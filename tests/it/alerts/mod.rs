//! What must not be missed.

mod audit_lag;
mod heartbeat;
mod overdue;
mod silent;
