//! Activity: all requests that the reader may see, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::listed::{Lines, page_of};
use super::{Frame, page};
use crate::access::filter::Status;
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::sought::{self, Sought};
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: u64 = 50;

#[derive(Template)]
#[template(path = "activity.html")]
struct Activity<'a> {
    frame: Frame<'a>,
    requests: Lines,
    sought: Sought,
    statuses: Vec<Choice>,
    integrations: Vec<Choice>,
    is_filtered: bool,
    reads_all: bool,
}

struct Choice {
    value: String,
    is_chosen: bool,
}

/// `GET /activity`.
pub(in crate::web) async fn activity(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let sought = sought::read(&query);
    let found = look::log(core, &who.reader, &sought.filter, page_of(&query), AT_ONCE).await?;
    let rest = sought.query();
    let at = ("/activity", rest.as_str());
    let configured = core.integrations();
    let mut integrations: Vec<String> = configured.iter().map(|(name, _)| name.to_string()).collect();
    if !sought.integration.is_empty() && !integrations.contains(&sought.integration) {
        integrations.push(sought.integration.clone());
    }
    integrations.sort();
    let choice = |value: String, chosen: &str| Choice {
        is_chosen: value == chosen,
        value,
    };
    page(&Activity {
        frame: Frame::of(&portal, &who, "Activity", "/activity"),
        requests: Lines::of_found(&found, &who, at, false, core.now()),
        statuses: Status::ALL
            .map(|status| choice(status.name().to_owned(), &sought.status))
            .into(),
        integrations: integrations
            .into_iter()
            .map(|name| choice(name, &sought.integration))
            .collect(),
        is_filtered: !rest.is_empty(),
        reads_all: who.reader.reads_all(),
        sought,
    })
}
