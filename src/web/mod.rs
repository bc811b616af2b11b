//! The portal: pages in the browser over the same use cases and the same words as Slack.
//!
//! Invariant: everything from a browser is hostile until it is checked. Each route is a line of [`route::Route`], and each answer
//! gets the headers of `headers.rs`.

mod address;
mod assets;
mod fault;
mod guard;
mod headers;
mod limits;
mod pages;
pub mod route;
mod serve;
mod site;
mod tls;

pub use serve::{Door, DoorError, serve};
pub use site::Site;

use limits::Limits;

/// What every page needs.
pub struct Portal {
    pub(in crate::web) site: Site,
    pub(in crate::web) limits: Limits,
}

impl Portal {
    pub fn new(site: Site) -> Self {
        Self {
            site,
            limits: Limits::default(),
        }
    }
}
