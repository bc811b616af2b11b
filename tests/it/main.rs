//! One test binary for everything that goes through the front door; a file for each feature.

mod config;
mod postgres_target;
mod store;
mod support;
