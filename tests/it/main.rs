//! One test binary for everything that goes through the front door; one file per feature.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a surprise is reported; clippy knows only the test functions themselves"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a test is one story, read from top to bottom"
)]

mod adversary;
mod again;
mod alerts;
mod anomalies;
mod architecture;
mod audit_channel;
mod browser;
mod burst;
mod canary;
mod cards;
mod checklists;
mod clicks;
mod commands;
mod config;
mod conformance;
mod connect;
mod costs;
#[cfg(feature = "failpoints")]
mod crash;
mod daily;
mod day;
mod delivery;
mod demo;
mod documents;
mod extend;
#[cfg(feature = "files")]
mod files_target;
mod form;
mod histories;
mod hostile;
mod identity;
mod interleavings;
mod lanes;
mod last_word;
mod lifecycle;
mod log;
mod mail;
mod manifest;
mod monitoring;
mod moved;
mod not_reached;
mod one_delivery;
mod online;
mod outages;
mod own_accounts;
mod own_database;
mod people;
mod postgres_target;
mod protection;
mod proxy;
mod races;
mod reading;
mod reconcile;
mod red_button;
mod reload;
mod restart;
mod restored;
mod revocation;
mod run;
mod sinks;
mod slack_limits;
mod socket;
mod ssh_target;
mod store;
mod support;
mod throwaway_postgres;
mod tiny_slack;
mod trouble;
mod walk;
mod weather;
mod web;
mod web_api;
