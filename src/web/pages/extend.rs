//! More time for one's own live access, as its flow allows.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::acts::{self, looked_up};
use super::request::not_done;
use crate::access::duration::{self, compact};
use crate::access::people::Person;
use crate::access::request::{Request, State as RequestState};
use crate::audit::event::Via;
use crate::people::fresh;
use crate::telling;
use crate::telling::more_time;
use crate::usecases::extend::{self, More};
use crate::usecases::look::RequestView;
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Sent;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// What the form on a request's page says.
pub(in crate::web) struct Form {
    pub(in crate::web) sentence: Shown,
    pub(in crate::web) each: String,
    pub(in crate::web) hint: &'static str,
}

/// The form that extends, if the access is live, the reader's own, and may be extended.
pub(in crate::web) fn form(who: &Who, view: &RequestView) -> Option<Form> {
    let rule = view.more.as_ref().ok()?;
    let is_live = view.request.state == RequestState::Granted && view.request.is_of(who.id());
    is_live.then(|| Form {
        sentence: shown::phrase(more_time::on_offer(view, rule)),
        each: compact(rule.each),
        hint: telling::form::DURATIONS,
    })
}

/// `POST /requests/{number}/extend`.
pub(in crate::web) async fn extend(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let by = acts::doing(&portal, &sent).await?;
    let request = acts::readable(&portal, by.who, &number).await?;
    let added = match duration::parse(sent.fields.one("duration")) {
        Ok(added) => added,
        Err(error) => {
            return not_done(&portal, ("extend", &sent), request.number, error.to_string()).await;
        }
    };
    let more = More {
        added,
        words: acts::reason(&sent),
    };
    let key = acts::once(&sent);
    let receipt = Receipt::now(Via::Portal, &key);
    let done = extended(&portal, by.person, &request, &more, receipt).await;
    acts::after(&portal, by, ("extend", &sent), &request, done, receipt).await
}

async fn extended(
    portal: &Portal,
    by: &Person,
    request: &Request,
    more: &More,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let (core, directory) = (&portal.core, &*portal.directory);
    let by = acts::as_of_now(portal, by).await?;
    let facts = fresh::for_answer(&core.store, directory, request, &by, &core.policy()).await;
    let facts = looked_up(facts)?;
    extend::extend(core, &facts, &by, &request.id, more, receipt).await?;
    Ok(())
}
