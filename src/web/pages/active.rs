//! Active access: who has what now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::listed::{Lines, page_of};
use super::{Frame, page};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::sought;
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: u64 = 50;

#[derive(Template)]
#[template(path = "active.html")]
struct Active<'a> {
    frame: Frame<'a>,
    live: Lines,
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
    let sought = sought::read(&query);
    let found = look::live(core, &who.reader, &sought.filter, page_of(&query), AT_ONCE).await?;
    let rest = sought.query();
    let at = ("/active", rest.as_str());
    page(&Active {
        frame: Frame::of(&portal, &who, "Active access", "/active"),
        live: Lines::of_found(&found, &who, at, true, core.now()),
        is_filtered: !rest.is_empty(),
        reads_all: who.reader.reads_all(),
    })
}
