//! What must not be missed.

mod audit_lag;
mod digests;
mod heartbeat;
mod left_over;
mod overdue;
mod silent;
