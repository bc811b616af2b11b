//! What access means, and nothing else: people, flows, policy, the life of a request.
//!
//! Everything here is synchronous and pure: time, randomness and ids come in as arguments, and neither tokio nor
//! sea-orm nor slack-morphism is imported (guarded by `tests/it/architecture.rs`).

pub mod accounts;
pub mod address;
pub mod anomaly;
pub mod calendar;
pub mod channel;
pub mod clean;
pub mod closest;
pub mod duration;
pub mod edge;
pub mod explain;
pub mod extension;
pub mod filter;
pub mod flows;
pub mod forbidden;
pub mod grant;
pub mod ids;
pub mod matching;
pub(crate) mod named;
pub mod offered;
pub mod pattern;
pub mod people;
pub mod policy;
pub mod progress;
pub mod reader;
pub mod recipient;
pub mod reconcile;
pub mod request;
pub mod resource;
pub mod review;
pub mod schedule;
pub mod search;
pub mod target;
pub mod time;
pub mod transition;
pub mod usage;
