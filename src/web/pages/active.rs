//! Active access: who has what now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::listed::{Line, Lines, page_of, turns};
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
    let (newer, older) = turns(&found, "/active", &rest, |listed| listed.request.number.0);
    let lines = found
        .items
        .iter()
        .map(|listed| Line::granted(listed, &who.reader, who.is_admin, core.now()));
    page(&Active {
        frame: Frame::of(&portal, &who, "Active access", "/active"),
        live: Lines {
            items: lines.collect(),
            of_others: true,
            are_live: true,
            newer,
            older,
        },
        is_filtered: !rest.is_empty(),
        reads_all: who.reader.reads_all(),
    })
}
