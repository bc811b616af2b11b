//! A resource: who has it, who had it, who may ask for it and who decides.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::flow_lines::Flows;
use super::frame::INTEGRATIONS;
use super::listed::Lines;
use super::{Frame, sought_page};
use crate::access::address;
use crate::access::filter::Filter;
use crate::access::matching::covers_resource;
use crate::audit::read;
use crate::store::{Page, Paged};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::sought;
use crate::web::who::Who;

/// How much is shown of each list; Active and Activity have the rest.
const AT_ONCE: u64 = 20;

#[derive(Template)]
#[template(path = "resource.html")]
struct About<'a> {
    frame: Frame<'a>,
    path: String,
    integration: Shown,
    resource: &'a str,
    at_said: &'a str,
    at: Option<Shown>,
    wrong: Option<&'a str>,
    live: Lines,
    requests: Lines,
    flows: Flows,
}

/// `GET /integrations/{integration}/resources?name=`: for those who read everything.
pub(in crate::web) async fn resource(
    State(portal): State<Arc<Portal>>,
    Path(integration): Path<String>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let name = query.one("name").to_owned();
    let entries = core.catalogue.of(&integration);
    let is_offered = entries.all().any(|entry| entry.resource.name == name);
    // Only what there is can be in the trail.
    let is_known = is_offered || core.store.had_resource_on(&integration, &name).await?;
    if !who.reads_all() || !is_known {
        return Err(Fault::NotFound);
    }
    let sought = sought::read(&portal, &who, &query).await?;
    let all = Filter {
        integration: Some(integration.clone()),
        resource: Some(name.clone()),
        ..Filter::default()
    };
    let had = Filter {
        live: sought.filter.live,
        ..all.clone()
    };
    let about = read::About::Resource {
        integration: integration.clone(),
        name: name.clone(),
    };
    let reader = &who.reader(&portal, read::Page::Resource, Some(about)).await?;
    let requests = look::log(core, reader, &all, Page::First, AT_ONCE).await?;
    let live = match (&sought.wrong, sought.at) {
        (Some(_), _) => Paged::empty(),
        (None, Some(_)) => look::log(core, reader, &had, Page::First, AT_ONCE).await?,
        (None, None) => look::live(core, reader, &had, Page::First, AT_ONCE).await?,
    };
    let policy = core.policy();
    let flows = policy
        .flows
        .iter()
        .filter(|flow| flow.integration == integration && covers_resource(flow, &name));
    let rest = address::write(&all);
    let live_rest = sought.at_with(&rest);
    let now = core.now();
    let template = About {
        frame: Frame::of(&portal, &who, &name, INTEGRATIONS),
        path: paths::integration(&integration),
        integration: shown::link(&paths::integration(&integration), &integration),
        resource: &name,
        at: sought.at.and_then(|at| at.shown(core.now())),
        at_said: sought.said("at"),
        wrong: sought.wrong.as_deref(),
        live: Lines::of_found(
            &live,
            (&who, reader),
            ("/active", &live_rest),
            sought.at.is_none(),
            now,
        ),
        requests: Lines::of_found(&requests, (&who, reader), ("/activity", &rest), false, now),
        flows: Flows::of(flows),
    };
    sought_page(&template, sought.wrong.as_deref())
}
