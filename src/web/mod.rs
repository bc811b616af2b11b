//! The portal: pages in the browser over the same use cases and the same words as Slack.
//!
//! Invariant: everything from a browser is hostile until it is checked. Each route is a line of [`route::Route`], each answer
//! gets the headers of `headers.rs`, and who somebody is, is asked again at every request.

mod address;
mod assets;
mod browser;
mod chart;
pub mod check;
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
mod zone;

use std::sync::Arc;
use std::time::Duration;

use crate::access::ids::PersonId;
use crate::oidc::Provider;
use crate::people::Directory;
use crate::usecases::Core;
use crate::usecases::figures::Figures;

pub use kept::Kept;
pub use listener::{Listener, Taken};
pub use pages::issuer::CALLBACK;
pub use serve::{Door, DoorError, serve};
pub use site::Site;

use limits::Limits;

/// How long figures are shown again: they can be large.
const FIGURES_KEPT_FOR: Duration = Duration::from_secs(30);

/// What every page needs.
pub struct Portal {
    pub(in crate::web) core: Arc<Core>,
    pub(in crate::web) directory: Arc<dyn Directory>,
    pub(in crate::web) site: Site,
    pub(in crate::web) limits: Limits,
    /// With whose accounts people can sign in too.
    pub(in crate::web) issuer: Option<Issuer>,
    /// Figures that were made lately: of whose requests, if not everybody's, and of how many days.
    pub(in crate::web) figures: Kept<(Option<PersonId>, u16), Arc<Figures>>,
}

/// An issuer, as people call it.
pub struct Issuer {
    pub name: String,
    pub provider: Provider,
}

impl Portal {
    pub fn new(core: Arc<Core>, directory: Arc<dyn Directory>, site: Site, issuer: Option<Issuer>) -> Self {
        Self {
            core,
            directory,
            site,
            issuer,
            limits: Limits::default(),
            figures: Kept::new(FIGURES_KEPT_FOR),
        }
    }
}
