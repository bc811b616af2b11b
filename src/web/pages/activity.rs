//! Activity: all requests that the reader may see, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::choice::{Choice, choices, integrations};
use super::listed::{AT_ONCE, Lines, page_of};
use super::{Frame, sought_page};
use crate::access::filter::{DecidedBy, Status};
use crate::access::ids::RequestNumber;
use crate::access::usage::Used;
use crate::audit::read;
use crate::store::Paged;
use crate::telling::usage;
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::sought::{self, Sought};
use crate::web::who::Who;

/// What the form has below its first rows.
const FURTHER: [&str; 11] = [
    "person",
    "requester",
    "grantee",
    "approver",
    "flow",
    "decided_by",
    "used",
    "decided",
    "granted",
    "ended",
    "live",
];

#[derive(Template)]
#[template(path = "activity.html")]
struct Activity<'a> {
    frame: Frame<'a>,
    token: &'a str,
    requests: Lines,
    query: String,
    sought: &'a Sought,
    statuses: Vec<Choice>,
    integrations: Vec<Choice>,
    decided_by: Vec<Choice>,
    /// Each with its words.
    used: Vec<(Choice, &'static str)>,
    has_further: bool,
    /// They can save the filter as a report.
    may_save: bool,
    reads_all: bool,
}

/// `GET /activity`.
pub(in crate::web) async fn activity(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    if let Some(number) = number_typed(query.one("text")) {
        return Ok(Redirect::to(&format!("/requests/{number}")).into_response());
    }
    let sought = sought::read(&portal, &who, &query).await?;
    let reader = &who.reader(&portal, read::Page::Activity, None).await?;
    let found = if sought.wrong.is_some() {
        Paged::empty()
    } else {
        look::log(core, reader, &sought.filter, page_of(&query), AT_ONCE).await?
    };
    let rest = sought.query();
    let requests = Lines::of_found(&found, (&who, reader), ("/activity", &rest), false, core.now());
    let template = Activity {
        frame: Frame::of(&portal, &who, "Activity", "/activity"),
        token: &who.token,
        requests: requests.selectable(&portal, &found, &who).await?,
        statuses: choices(Status::ALL.map(Status::name), sought.said("status")),
        integrations: choices(integrations(core, &who), sought.said("integration")),
        decided_by: choices(DecidedBy::ALL.map(DecidedBy::name), sought.said("decided_by")),
        used: used(sought.said("used")),
        may_save: who.person().is_some(),
        has_further: sought.has_any(&FURTHER),
        query: rest,
        reads_all: who.reads_all(),
        sought: &sought,
    };
    sought_page(&template, sought.wrong.as_deref())
}

/// People who know the number of a request type it where they look for words.
fn number_typed(text: &str) -> Option<RequestNumber> {
    let text = text.trim();
    let is_typed = text
        .get(..2)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("ar"));
    text.parse().ok().filter(|_| is_typed)
}

fn used(chosen: &str) -> Vec<(Choice, &'static str)> {
    let choice = |used: Used| Choice {
        value: used.name().to_owned(),
        is_chosen: used.name() == chosen,
    };
    Used::ALL.map(|used| (choice(used), usage::word(used))).into()
}
