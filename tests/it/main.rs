//! One test binary for everything that goes through the front door; a file for each feature.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a surprise is reported; clippy knows only the test functions themselves"
)]

mod architecture;
mod config;
mod demo;
mod lifecycle;
mod manifest;
mod postgres_target;
mod socket;
mod store;
mod support;
mod throwaway_postgres;
mod tiny_slack;
mod web_api;
