//! apono: a self-hosted, Slack-first just-in-time access bot.
//!
//! Dependencies point one way: faces and workers, then `store`, `slack` and `integrations`, then `access` and `audit`.
//! `access` and `audit` are pure; `tests/it/architecture.rs` checks this.

pub mod access;
pub mod app;
pub mod audit;
pub mod chained;
pub mod cli;
pub mod clock;
pub mod config;
pub mod document;
pub mod failpoint;
pub mod findings;
pub mod integrations;
pub mod lasting;
pub mod mail;
pub mod metrics;
pub mod network;
pub mod oidc;
pub mod paper;
pub mod people;
mod postgres_url;
pub mod secrets;
pub mod sinks;
pub mod slack;
pub mod store;
pub mod telling;
#[cfg(feature = "demo")]
pub mod throwaway_postgres;
#[cfg(feature = "demo")]
pub mod throwaway_sshd;
pub mod usecases;
pub mod web;
pub mod workers;
