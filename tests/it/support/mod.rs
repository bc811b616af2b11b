//! The harness.

pub(crate) mod bot;
pub(crate) mod clock;
pub(crate) mod databases;
pub(crate) mod postgres_server;
pub(crate) mod slow_slack;
pub(crate) mod steps;
