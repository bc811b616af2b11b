//! The integration `ssh` against OpenSSH's own server, client and agent.

mod authority;
mod certificates;
mod conforms;
mod context;
pub(crate) mod front_door;
mod pasted;
mod trust;
