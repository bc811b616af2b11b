//! One test binary for everything that goes through the front door; a file for each feature.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod postgres_target;
mod socket;
mod store;
mod support;
mod tiny_slack;
mod web_api;
