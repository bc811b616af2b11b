//! The `postgres` integration against a real server: what a login can do, and that it cannot do it any longer.

mod bounded;
pub(crate) mod check;
mod clean_up;
mod conforms;
mod connect;
pub(crate) mod context;
mod discover;
mod grant;
mod overlaps;
pub(crate) mod personal;
mod protection;
mod reap;
pub(crate) mod replicas;
mod restore;
mod revoke;
mod take_back;
