//! The portal, over real HTTP, on the running bot.

mod about;
mod activity;
mod ask;
pub(crate) mod browser;
mod checked;
mod compare;
mod connect;
mod dashboard;
mod door;
mod due_reports;
mod flows;
mod full_page;
mod groups;
mod log;
mod names;
pub(crate) mod oidc;
mod overdue;
mod own_tls;
mod pages;
mod paper;
mod people;
mod reads;
mod refresh;
pub(crate) mod reports;
mod reviews;
mod rights;
mod room;
mod several;
mod sign_in;
pub(crate) mod signing_in;
mod used;
mod zone;

use crate::support::bot::Setup;

/// The usual set-up, with the portal on a free port.
pub(crate) fn with_portal() -> Setup {
    let setup = Setup::default();
    Setup {
        config: format!("\n[web]\nlisten = \"127.0.0.1:0\"\n{}", setup.config),
        ..setup
    }
}
