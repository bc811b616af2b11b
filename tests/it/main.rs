//! Tests through the front door, in one binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod socket;
mod tiny_slack;
mod web_api;
