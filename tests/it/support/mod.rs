//! The harness.

pub(crate) mod around;
pub(crate) mod audit_posts;
pub(crate) mod bot;
pub(crate) mod canary;
pub(crate) mod clock;
pub(crate) mod connect_proxy;
pub(crate) mod databases;
pub(crate) mod door;
pub(crate) mod login;
pub(crate) mod plain;
pub(crate) mod postgres_server;
pub(crate) mod process;
pub(crate) mod slow_slack;
pub(crate) mod ssh_server;
pub(crate) mod steps;
pub(crate) mod tls_door;
