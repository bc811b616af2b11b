//! One test binary for everything that goes through the front door; a file for each feature.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod socket;
mod tiny_slack;
mod web_api;
//! Tests of the whole, one file for each feature.

mod postgres_target;
mod support;
