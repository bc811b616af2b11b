//! The integrations of the config, by name, and how each is. It leads to the page of each and says nothing about people.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::frame::INTEGRATIONS;
use super::{Frame, page};
use crate::access::address;
use crate::access::filter::Filter;
use crate::store::ReadLimits;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "integrations.html")]
struct Page<'a> {
    frame: Frame<'a>,
    items: Vec<Item>,
}

struct Item {
    name: Shown,
    kind: Shown,
    flows: usize,
    is_frozen: bool,
    /// What fails there.
    troubles: Vec<Shown>,
    /// When its target last answered.
    answered: Option<Shown>,
    /// Its kind keeps nothing on a target, so nothing is asked there.
    keeps_nothing: bool,
    /// Where its live access is listed.
    live: String,
}

/// `GET /integrations`: for those who read everything.
pub(in crate::web) async fn integrations(
    State(portal): State<Arc<Portal>>,
    who: Who,
) -> Result<Response, Fault> {
    if !who.reads_all() {
        return Err(Fault::NotFound);
    }
    let core = &portal.core;
    let (policy, limits) = (core.policy(), core.store.limits().await?);
    let configured = core.integrations();
    let mut all: Vec<_> = configured
        .iter()
        .map(|(name, integration)| (name.to_string(), integration))
        .collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let items = all.into_iter().map(|(name, integration)| Item {
        kind: shown::text(integration.kind()),
        flows: policy
            .flows
            .iter()
            .filter(|flow| flow.integration == name)
            .count(),
        is_frozen: limits.frozen.contains(&name),
        troubles: core
            .troubles
            .on(&name)
            .into_iter()
            .map(|(what, _)| shown::text(&what))
            .collect(),
        answered: core.contacts.last(&name).map(shown::time),
        keeps_nothing: integration.state().is_none(),
        live: format!(
            "/active?{}",
            address::write(&Filter {
                integration: Some(name.clone()),
                ..Filter::default()
            })
        ),
        name: shown::link(&paths::integration(&name), &name),
    });
    page(&Page {
        frame: Frame::of(&portal, &who, "Integrations", INTEGRATIONS),
        items: items.collect(),
    })
}
