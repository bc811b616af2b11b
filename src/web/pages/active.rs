//! Active access: who has what now, or had at a moment.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::choice::{Choice, choices, integrations};
use super::groups::{Tabs, groups};
use super::listed::{Lines, page_of};
use super::{Frame, sought_page};
use crate::store::{By, Paged};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::sought::{self, Sought};
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: u64 = 50;

#[derive(Template)]
#[template(path = "active.html")]
struct Active<'a> {
    frame: Frame<'a>,
    tabs: Tabs,
    /// Access that should be gone; none if another moment is shown.
    overdue: Lines,
    live: Lines,
    sought: &'a Sought,
    integrations: Vec<Choice>,
    /// The moment that is shown, if it is not the present.
    at: Option<Shown>,
    is_filtered: bool,
    reads_all: bool,
}

/// `GET /active`.
pub(in crate::web) async fn active(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let sought = sought::read(&portal, &who, &query).await?;
    if let Some(by) = By::named(query.one("by")) {
        return groups(&portal, &who, &sought, by).await;
    }
    let (filter, page) = (&sought.filter, page_of(&query));
    let found = match (&sought.wrong, sought.at) {
        (Some(_), _) => Paged::empty(),
        (None, Some(_)) => look::log(core, &who.reader, filter, page, AT_ONCE).await?,
        (None, None) => look::live(core, &who.reader, filter, page, AT_ONCE).await?,
    };
    let overdue = match (&sought.wrong, sought.at) {
        (None, None) => look::overdue(core, &who.reader, filter).await?,
        _ => Paged::empty(),
    };
    let rest = sought.query();
    let are_live = sought.at.is_none();
    let lines = |found: &_, are_live| Lines::of_found(found, &who, ("/active", &rest), are_live, core.now());
    let template = Active {
        tabs: Tabs::of(None, &sought),
        frame: Frame::of(&portal, &who, "Active access", "/active"),
        overdue: lines(&overdue, true),
        live: lines(&found, are_live).selectable(&portal, &found, &who).await?,
        integrations: choices(integrations(core, &who), sought.said("integration")),
        at: sought.at.map(shown::time),
        is_filtered: !rest.is_empty(),
        reads_all: who.reader.reads_all(),
        sought: &sought,
    };
    sought_page(&template, sought.wrong.as_deref())
}
