//! Taking along what a list shows, as a file of any size: the same rows for the same reader, and an event in the trail.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::TryStreamExt;
use http::header;

use crate::access::address;
use crate::access::filter::Span;
use crate::access::time::Timestamp;
use crate::audit::event::Via;
use crate::audit::exported::{Format, Rows};
use crate::usecases::Receipt;
use crate::usecases::export::{self, Wanted};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, Sent};
use crate::web::sought;

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
    let wanted = Wanted {
        rows,
        format,
        span: Span::default(),
        filter: sought.filter,
    };
    file(&portal, &sent, wanted).await
}

async fn file(portal: &Portal, sent: &Sent, wanted: Wanted) -> Result<Response, Fault> {
    if address::write(&wanted.filter).len() > LONGEST {
        return Err(Fault::TooLarge);
    }
    let exporting = portal.limits.take_export(&sent.who.person.id);
    let exporting = exporting.ok_or(Fault::TooMany)?;
    let (store, who) = (&portal.core.store, &sent.who);
    let now = portal.core.now();
    let cause = format!("portal/{}/export", who.session);
    let origin = Receipt::now(Via::Portal, &cause).origin(&who.person);
    export::record(store, &wanted, origin, now).await?;
    let headers = [
        (header::CONTENT_TYPE, content_type(wanted.format).to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&wanted, now)),
    ];
    let rows = export::rows(store.clone(), who.reader.clone(), wanted);
    // The browser sees that the file is not whole.
    let rows = rows.inspect_err(move |error| {
        // It goes with the stream.
        let _ = &exporting;
        tracing::error!(%error, "an export of the portal broke off");
    });
    Ok((headers, Body::from_stream(rows)).into_response())
}

const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Jsonl => "application/jsonl; charset=utf-8",
    }
}

/// `apono-requests-2026-11-30.csv`.
fn disposition(wanted: &Wanted, now: Timestamp) -> String {
    let day: String = now.to_rfc3339().chars().take("2026-11-30".len()).collect();
    let (rows, ending) = (wanted.rows.name(), wanted.format.name());
    format!("attachment; filename=\"apono-{rows}-{day}.{ending}\"")
}
