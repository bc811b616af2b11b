//! The harness.

pub(crate) mod postgres_server;
