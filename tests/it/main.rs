//! Tests of the whole, one file for each feature.

mod postgres_target;
mod support;
