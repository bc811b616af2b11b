//! The portal: pages in the browser over the same use cases and the same words as Slack.
//!
//! Invariant: everything from a browser is hostile until it is checked. Each route is a line of [`route::Route`], each answer
//! gets the headers of `headers.rs`, and who somebody is, is asked again at every request.

mod address;
mod assets;
mod browser;
mod chart;
mod cookies;
mod fault;
mod guard;
mod headers;
mod kept;
mod limits;
mod listener;
mod next;
mod pages;
mod paths;
pub mod route;
mod sent;
mod serve;
mod shown;
mod site;
mod sought;
mod sought_events;
mod tls;
pub mod vitals;
mod who;

use std::sync::Arc;

use crate::people::Directory;
use crate::usecases::Core;

pub use listener::{Listener, Taken};
pub use serve::{Door, DoorError, serve};
pub use site::Site;

use kept::Kept;
use limits::Limits;

/// What every page needs.
pub struct Portal {
    pub(in crate::web) core: Arc<Core>,
    pub(in crate::web) directory: Arc<dyn Directory>,
    pub(in crate::web) site: Site,
    pub(in crate::web) limits: Limits,
    pub(in crate::web) kept: Kept,
}

impl Portal {
    pub fn new(core: Arc<Core>, directory: Arc<dyn Directory>, site: Site) -> Self {
        Self {
            core,
            directory,
            site,
            limits: Limits::default(),
            kept: Kept::default(),
        }
    }
}
