//! What a review came to, as a PDF: the evidence for a folder.

use std::panic;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use tokio::task;

use super::review::seen;
use crate::access::filter::{Filter, Span};
use crate::access::review::LineOutcome;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, PersonFacts, Via};
use crate::audit::exported::{Format, Rows};
use crate::paper::{Fonts, Heading, PaperError, Table};
use crate::store::ReviewLine;
use crate::telling::{usage, wording};
use crate::usecases::Receipt;
use crate::usecases::export::{self, Wanted};
use crate::usecases::reviews::{self, Outcome};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Sent;

const COLUMNS: [&str; 12] = [
    "line",
    "request",
    "holder",
    "integration",
    "resources",
    "permissions",
    "since",
    "until",
    "used",
    "outcome",
    "decided by",
    "note",
];

/// `POST /reviews/{id}/pdf`: of a review that is over, for those who see it. It leaves a trace, so no link can start it.
pub(in crate::web) async fn pdf(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let review = seen(&portal, &sent.who, &id).await?;
    if review.ended.is_none() {
        return Err(Fault::NotFound);
    }
    let core = &portal.core;
    let _turn = portal.limits.take_export(sent.who.id()).ok_or(Fault::TooMany)?;
    let outcome = reviews::outcome(core, review).await?;
    let made_at = core.now();
    let title = format!("{} {}", outcome.review.id, outcome.review.name);
    let wanted = Wanted {
        report: Some(title.clone()),
        ..Wanted::new(
            Rows::Requests,
            Format::Pdf,
            Span::default(),
            Filter::default(),
            made_at,
        )
    };
    let cause = format!("portal/{}/review/{id}", sent.who.session);
    let origin = Receipt::now(Via::Portal, &cause).origin_of(Actor::Person(sent.who.facts()));
    export::record(&core.store, &wanted, origin).await?;
    let fonts = core.rules().fonts;
    let made = task::spawn_blocking(move || file(&outcome, title, made_at, &Fonts::read(&fonts)));
    let bytes = match made.await {
        Ok(file) => file?,
        Err(stopped) => panic::resume_unwind(stopped.into_panic()),
    };
    let headers = [
        (header::CONTENT_TYPE, Format::Pdf.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"apono-review-{id}.pdf\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

fn file(outcome: &Outcome, title: String, made_at: Timestamp, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let heading = Heading {
        title,
        facts: facts(outcome, made_at),
        columns: COLUMNS.map(str::to_owned).into(),
    };
    let rows: Vec<Vec<String>> = outcome.lines.iter().map(|line| cells(outcome, line)).collect();
    Table::begin(&heading, fonts, &rows).finish("This is all of it.")
}

fn facts(outcome: &Outcome, made_at: Timestamp) -> Vec<(&'static str, String)> {
    let (review, counts) = (&outcome.review, &outcome.counts);
    let reviewers: Vec<String> = review.reviewers.iter().map(PersonFacts::named).collect();
    let came_to = format!(
        "{} lines: {} kept, {} revoked, {} ended before, {} not reviewed, {} not reviewed and so revoked",
        outcome.lines.len(),
        counts.kept,
        counts.revoked,
        counts.ended_before,
        counts.not_reviewed,
        counts.revoked_undecided
    );
    let filter = if review.filter.is_empty() {
        "all live access"
    } else {
        &review.filter
    };
    let mut facts = vec![
        ("Made", made_at.to_rfc3339()),
        (
            "Started",
            format!("{} by {}", review.started_at.to_rfc3339(), review.starter.named()),
        ),
        (
            "Due",
            format!("{}; then {}", review.due.to_rfc3339(), review.at_due.words()),
        ),
        ("Reviewers", reviewers.join(", ")),
        ("Filter", filter.to_owned()),
        ("Outcome", came_to),
    ];
    if let Some((at, digest)) = &review.ended {
        facts.push(("Ended", at.to_rfc3339()));
        let intact = match outcome.is_intact {
            Some(false) => " - the lines below are NOT those of this digest: somebody changed the database",
            Some(true) | None => ", also in the event REVIEW ENDED of the audit trail",
        };
        facts.push(("SHA-256", format!("{digest}{intact}")));
    }
    facts
}

fn cells(outcome: &Outcome, line: &ReviewLine) -> Vec<String> {
    let facts = &line.facts;
    let decision = line.decision.as_ref();
    let note = decision.and_then(|decision| decision.note.as_ref());
    let note = note.and_then(|note| outcome.notes.get(&note.id));
    let time = |time: Option<Timestamp>| time.map(Timestamp::to_rfc3339).unwrap_or_default();
    vec![
        line.position.to_string(),
        facts.number.to_string(),
        wording::grantee(facts).named(),
        facts.integration.clone(),
        facts.resources.join(", "),
        facts.permissions.join(", "),
        time(line.granted_at),
        time(line.until),
        line.used.map_or("", usage::word).to_owned(),
        line.outcome.map_or("", LineOutcome::words).to_owned(),
        decision.map_or_else(String::new, |decision| {
            format!("{}, {}", decision.by.named(), decision.at.to_rfc3339())
        }),
        note.cloned().unwrap_or_default(),
    ]
}
