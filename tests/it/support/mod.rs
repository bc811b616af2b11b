//! The harness.

pub(crate) mod databases;
pub(crate) mod postgres_server;
