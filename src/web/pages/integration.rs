//! An integration: whether it works, what it offers and promises, who may ask for it, and who has access now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::flow_lines::Flows;
use super::frame::INTEGRATIONS;
use super::listed::{AT_ONCE, Lines, page_of};
use super::{Frame, braked, page};
use crate::access::address;
use crate::access::filter::Filter;
use crate::audit::read;
use crate::telling::wording;
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many resources are named; the pattern of a flow can cover thousands.
const NAMED: usize = 200;

#[derive(Template)]
#[template(path = "integration.html")]
struct About<'a> {
    frame: Frame<'a>,
    name: Shown,
    kind: Option<Shown>,
    /// Who froze it, when and why, if somebody did.
    frozen: Option<Shown>,
    troubles: Vec<(Shown, Shown)>,
    answered: Option<Shown>,
    promise: Option<String>,
    permissions: Vec<Shown>,
    resources: Vec<Shown>,
    more_resources: usize,
    flows: Flows,
    live: Lines,
    /// Where all its requests are listed.
    all: String,
}

/// `GET /integrations/{name}`: for those who read everything.
pub(in crate::web) async fn integration(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let integrations = core.integrations();
    let configured = integrations.get(&name);
    let is_known = configured.is_some() || core.store.had_integration(&name).await?;
    if !who.reads_all() || !is_known {
        return Err(Fault::NotFound);
    }
    let about = read::About::Integration(name.clone());
    let reader = &who.reader(&portal, read::Page::Integration, Some(about)).await?;
    let filter = Filter {
        integration: Some(name.clone()),
        ..Filter::default()
    };
    let found = look::live(core, reader, &filter, page_of(&query), AT_ONCE).await?;
    let entries = core.catalogue.of(&name);
    let resources: Vec<&str> = entries.all().map(|entry| entry.resource.name.as_str()).collect();
    let (policy, path) = (core.policy(), paths::integration(&name));
    let freeze = core.store.freeze_of(reader, &name).await?;
    let troubles = core.troubles.on(&name).into_iter();
    page(&About {
        frame: Frame::of(&portal, &who, &name, INTEGRATIONS),
        name: shown::text(&name),
        kind: configured.map(|integration| shown::text(integration.kind())),
        frozen: freeze.as_ref().map(braked::frozen),
        troubles: troubles
            .map(|(what, since)| (shown::text(&what), shown::time(since)))
            .collect(),
        answered: match configured {
            Some(integration) if integration.state().is_none() => Some(shown::text(
                "Nothing is asked there: the bot keeps nothing on it.",
            )),
            Some(_) | None => core.contacts.last(&name).map(shown::time),
        },
        promise: configured.map(|integration| wording::promise(&integration.guarantees())),
        permissions: configured.map_or_else(Vec::new, |integration| {
            let permissions = integration.permissions();
            permissions.iter().map(|name| shown::text(name)).collect()
        }),
        more_resources: resources.len().saturating_sub(NAMED),
        resources: resources
            .into_iter()
            .take(NAMED)
            .map(|resource| shown::link(&paths::resource(&name, resource), resource))
            .collect(),
        flows: Flows::of(policy.flows.iter().filter(|flow| flow.integration == name)),
        live: Lines::of_found(&found, (&who, reader), (&path, ""), true, core.now()),
        all: format!("/activity?{}", address::write(&filter)),
    })
}
