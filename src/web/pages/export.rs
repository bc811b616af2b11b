//! Taking along what a list shows, as a file of any size: the same rows for the same reader, and an event in the trail.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::{Stream, TryStreamExt};
use http::header;

use crate::access::address;
use crate::access::filter::Span;
use crate::access::reader::Reader;
use crate::audit::event::{Actor, Via};
use crate::audit::exported::{Format, Rows};
use crate::usecases::export::{self, Broken, Part, Wanted};
use crate::usecases::portal::{self, Holder};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::limits::Exporting;
use crate::web::sent::{Fields, Sent};
use crate::web::sought;
use crate::web::who::Who;
use crate::web::zone;

/// The trail keeps the filter of each export, in bytes of its address: so much says everything that a person types.
const LONGEST: usize = 2_000;

/// `POST /activity/export`: it leaves a trace, so no link can start it.
pub(in crate::web) async fn activity(
    State(portal): State<Arc<Portal>>,
    sent: Sent,
) -> Result<Response, Fault> {
    let (format, rows) = (
        Format::named(sent.fields.one("format")),
        Rows::named(sent.fields.one("rows")),
    );
    let (Some(format), Some(rows)) = (format, rows) else {
        return Err(Fault::Forged);
    };
    let query = sent.fields.one("filter");
    let sought = sought::read(&portal, &sent.who, &Fields::read(query.as_bytes())).await?;
    if sought.wrong.is_some() {
        // The list says what is wrong with it.
        return Ok(Redirect::to(&format!("/activity?{}", sought.query())).into_response());
    }
    let wanted = Wanted::new(rows, format, Span::default(), sought.filter, portal.core.now());
    file(&portal, &sent, wanted).await
}

async fn file(portal: &Arc<Portal>, sent: &Sent, wanted: Wanted) -> Result<Response, Fault> {
    let leaving = Leaving::of(portal, &sent.who, &wanted)?;
    let store = &portal.core.store;
    let cause = format!("portal/{}/export", sent.who.session);
    let origin = Receipt::now(Via::Portal, &cause).origin_of(Actor::Person(sent.who.facts()));
    export::record(store, &wanted, origin).await?;
    let rows = export::rows(
        store.clone(),
        leaving.reader.clone(),
        wanted,
        portal.core.rules().fonts,
    );
    Ok(leaving.response(rows))
}

/// A file that is about to leave.
pub(super) struct Leaving {
    portal: Arc<Portal>,
    session: String,
    /// Who takes it along.
    pub(super) reader: Reader,
    headers: [(header::HeaderName, String); 2],
    /// They take one at a time.
    turn: Exporting,
}

impl Leaving {
    /// Unless somebody takes another one along already.
    pub(super) fn of(portal: &Arc<Portal>, who: &Who, wanted: &Wanted) -> Result<Self, Fault> {
        if address::write(&wanted.filter).len() > LONGEST {
            return Err(Fault::TooLarge);
        }
        let turn = portal.limits.take_export(who.id()).ok_or(Fault::TooMany)?;
        Ok(Self {
            portal: Arc::clone(portal),
            session: who.session.clone(),
            reader: who.onlooker.to_export(),
            headers: [
                (header::CONTENT_TYPE, wanted.format.media_type().to_owned()),
                (header::CONTENT_DISPOSITION, disposition(wanted)),
            ],
            turn,
        })
    }

    /// The file, as long as they may read it.
    pub(super) fn response(
        self,
        parts: impl Stream<Item = Result<Part, Broken>> + Send + 'static,
    ) -> Response {
        let Self {
            portal,
            session,
            reader,
            headers,
            turn,
        } = self;
        let parts = parts.map_err(BrokenOff::File).and_then(move |part| {
            let (portal, session, reader) = (Arc::clone(&portal), session.clone(), reader.clone());
            async move {
                may_read_on(&portal, &session, &reader).await?;
                Ok(part.bytes)
            }
        });
        // The browser sees that the file is not whole.
        let parts = parts.inspect_err(move |error: &BrokenOff| {
            // It goes with the stream.
            let _ = &turn;
            tracing::warn!(%error, "an export of the portal broke off");
        });
        (headers, Body::from_stream(parts)).into_response()
    }
}

/// Why a file is not whole.
#[derive(Debug, thiserror::Error)]
enum BrokenOff {
    #[error(transparent)]
    File(#[from] Broken),
    #[error(transparent)]
    NotAsked(#[from] UseCaseError),
    #[error("its reader is no longer signed in, or may read less")]
    NoReader,
}

/// Asks again at each page who takes the file along: they may have signed out, left, or lost a role.
async fn may_read_on(portal: &Portal, session: &str, reader: &Reader) -> Result<(), BrokenOff> {
    match portal::still(&portal.core, &*portal.directory, session).await? {
        Holder::Is(found) if found.visitor.onlooker(&portal.core).to_export() == *reader => Ok(()),
        Holder::Is(_) | Holder::Nobody | Holder::NotSaid => Err(BrokenOff::NoReader),
    }
}

/// `apono-requests-2026-07-01-to-2026-09-30.csv`, or with the day of the export if the filter names no time.
fn disposition(wanted: &Wanted) -> String {
    let filter = &wanted.filter;
    let spans = [
        filter.created(),
        filter.live,
        filter.granted,
        filter.decided,
        filter.ended,
    ];
    let span = spans.into_iter().find(|span| !span.is_open()).unwrap_or_default();
    let first = span.from.map(zone::date);
    // The end is not in it.
    let last = span.to.map(|to| zone::date(to.minus(Duration::from_micros(1))));
    let days = match (first, last) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first}-to-{last}"),
        (Some(first), None) => format!("from-{first}"),
        (None, Some(last)) => format!("to-{last}"),
        (None, None) => zone::date(wanted.at),
    };
    let (rows, ending) = (wanted.rows.name(), wanted.format.name());
    format!("attachment; filename=\"apono-{rows}-{days}.{ending}\"")
}
