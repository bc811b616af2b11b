//! A stand-in for Slack, for tests and for trying things out by hand.

pub mod blockkit;
