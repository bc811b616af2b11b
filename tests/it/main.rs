//! Tests of the whole, one file for each feature.

#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a surprise is reported; clippy knows only the test functions themselves"
)]

mod postgres_target;
mod support;
mod throwaway_postgres;
