//! Active access: who has what now, or had at a moment.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::active_top::Top;
use super::groups::groups;
use super::listed::{AT_ONCE, Lines, page_of};
use super::{Frame, sought_page};
use crate::audit::read;
use crate::store::{By, Paged};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::sought::{self, Sought};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "active.html")]
struct Active<'a> {
    frame: Frame<'a>,
    top: Top<'a>,
    live: Lines,
    sought: &'a Sought,
    /// Another moment is shown than the present.
    is_past: bool,
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
    let reader = &who.reader(&portal, read::Page::Active, None).await?;
    if let Some(by) = By::named(query.one("by")) {
        return groups(&portal, (&who, reader), &sought, by).await;
    }
    let (filter, page) = (&sought.filter, page_of(&query));
    let found = match (&sought.wrong, sought.at) {
        (Some(_), _) => Paged::empty(),
        (None, Some(_)) => look::log(core, reader, filter, page, AT_ONCE).await?,
        (None, None) => look::live(core, reader, filter, page, AT_ONCE).await?,
    };
    let rest = sought.query();
    let are_live = sought.at.is_none();
    let live = Lines::of_found(&found, (&who, reader), ("/active", &rest), are_live, core.now());
    let template = Active {
        frame: Frame::of(&portal, &who, "Active access", "/active"),
        top: Top::of(&portal, (&who, reader), &sought, None).await?,
        live: live.selectable(&portal, &found, &who).await?,
        is_past: !are_live,
        is_filtered: !rest.is_empty(),
        reads_all: who.reads_all(),
        sought: &sought,
    };
    sought_page(&template, sought.wrong.as_deref())
}
