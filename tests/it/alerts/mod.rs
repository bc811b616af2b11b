//! What must not be missed.

mod audit_lag;
mod digests;
mod heartbeat;
mod overdue;
mod silent;
