//! One review: its lines, the decisions of a reviewer, and once it is over what it came to.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::frame::REVIEWS;
use super::report::filter_of;
use super::reviews::path;
use super::{Frame, acts, page};
use crate::access::review::{LineOutcome, Verdict};
use crate::audit::event::{PersonFacts, Via};
use crate::audit::read;
use crate::store::{Review, ReviewLine};
use crate::telling::reviews::why_not;
use crate::telling::{refusals, usage, wording};
use crate::usecases::portal::Secret;
use crate::usecases::refuse::Judged;
use crate::usecases::reviews::{self, Decided, May, Outcome};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, Query, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many lines of an open review a page has, and how many are decided at once.
const AT_ONCE: usize = 50;

#[derive(Template)]
#[template(path = "review.html")]
struct Page<'a> {
    frame: Frame<'a>,
    token: &'a str,
    once: String,
    id: String,
    name: String,
    said: Vec<String>,
    /// A label and what it says, line by line.
    facts: Vec<(&'static str, Shown)>,
    is_open: bool,
    /// Where its file is, once it is over.
    file: Option<String>,
    lines: Vec<Line>,
    /// Whether the page has a line that the reader can decide.
    decides: bool,
    /// Only the lines that wait for the reader.
    only_mine: bool,
    mine: usize,
    older: Option<usize>,
    newer: Option<usize>,
}

struct Line {
    position: i64,
    may_decide: bool,
    request: Shown,
    who: Shown,
    what: Shown,
    since: Option<Shown>,
    until: Option<Shown>,
    used: &'static str,
    outcome: &'static str,
    by: Option<Shown>,
    note: Option<Shown>,
}

/// `GET /reviews/{id}`.
pub(in crate::web) async fn review(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let review = seen(&portal, &who, &id).await?;
    shown_review(&portal, &who, review, &query, Vec::new()).await
}

/// The review, if the reader may see it. That they read others' data is recorded before it is shown.
pub(super) async fn seen(portal: &Portal, who: &Who, id: &str) -> Result<Review, Fault> {
    let review = who.onlooker.review(&portal.core, id).await?;
    let review = review.ok_or(Fault::NotFound)?;
    if !review.reviewer_ids.contains(who.id()) {
        who.reader(portal, read::Page::Review, None).await?;
    }
    Ok(review)
}

/// `POST /reviews/{id}`: keeps or revokes the selected lines, each on its own.
pub(in crate::web) async fn decide(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let doer = acts::doing(&portal, &sent).await?;
    let review = seen(&portal, &sent.who, &id).await?;
    let verdict = Verdict::named(sent.fields.one("verdict")).ok_or(Fault::Forged)?;
    let lines = picked(&sent.fields);
    if lines.is_empty() {
        let said = vec!["Nothing is selected. Select lines first.".to_owned()];
        let mut response = shown_review(&portal, &sent.who, review, &Fields::default(), said).await?;
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    }
    let by = acts::as_of_now(&portal, doer.person).await?;
    let note = acts::reason(&sent);
    let once = acts::once(&sent);
    let mut said = Vec::new();
    for line in lines {
        let key = format!("{once}/{line}");
        let receipt = Receipt::now(Via::Portal, &key);
        let decided = reviews::decide(
            &portal.core,
            &*portal.directory,
            &by,
            (&id, line),
            (verdict, note.as_deref()),
            receipt,
        );
        match decided.await {
            Ok(Decided::Kept | Decided::Revoked) | Err(UseCaseError::SeenBefore) => {}
            Ok(other) => said.push(why_not(line, &other)),
            Err(error) => {
                let Some(judged) = Judged::of(&error, &by) else {
                    return Err(error.into());
                };
                acts::record(&portal, &sent.who, Some(&judged), None, receipt).await?;
                said.push(format!("Line {line}: {}", refusals::forbidden(&judged.why)));
            }
        }
    }
    if said.is_empty() {
        return Ok(Redirect::to(&path(&id)).into_response());
    }
    let review = seen(&portal, &sent.who, &id).await?;
    let mut response = shown_review(&portal, &sent.who, review, &Fields::default(), said).await?;
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// The lines that were selected, each once.
fn picked(fields: &Fields) -> Vec<i64> {
    let named = fields.pairs().filter(|(name, _)| *name == "line");
    let mut lines: Vec<i64> = named.filter_map(|(_, value)| value.parse().ok()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.truncate(AT_ONCE);
    lines
}

async fn shown_review(
    portal: &Portal,
    who: &Who,
    review: Review,
    query: &Fields,
    said: Vec<String>,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let outcome = reviews::outcome(core, review).await?;
    let review = &outcome.review;
    let is_open = review.ended.is_none() && core.now() < review.due;
    let may = match who.person().filter(|_| is_open) {
        Some(person) => Some(reviews::may_decide(core, &*portal.directory, person, review).await?),
        None => None,
    };
    let waits = |line: &ReviewLine| {
        let decides = |may: &May| may.decide(review, line);
        line.outcome.is_none() && may.as_ref().is_some_and(decides)
    };
    let mine = outcome.lines.iter().filter(|line| waits(line)).count();
    let only_mine = mine > 0 && query.one("show") != "all";
    let wanted: Vec<&ReviewLine> = outcome
        .lines
        .iter()
        .filter(|line| !only_mine || waits(line))
        .collect();
    let from: usize = query.one("from").parse().unwrap_or(0);
    // What is over is evidence, and is printed whole.
    let (from, most) = if is_open {
        (from, AT_ONCE)
    } else {
        (0, wanted.len())
    };
    let lines: Vec<Line> = wanted
        .iter()
        .skip(from)
        .take(most)
        .map(|line| shown_line(&outcome, line, who, waits(line)))
        .collect();
    let end = from.saturating_add(most);
    page(&Page {
        frame: Frame::of(portal, who, &review.name, REVIEWS).at(path(&review.id)),
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
        id: review.id.clone(),
        name: review.name.clone(),
        said,
        facts: facts(portal, who, &outcome).await?,
        is_open,
        file: review.ended.as_ref().map(|_| format!("{}/pdf", path(&review.id))),
        decides: lines.iter().any(|line| line.may_decide),
        lines,
        only_mine,
        mine,
        older: (end < wanted.len()).then_some(end),
        newer: (from > 0).then(|| from.saturating_sub(AT_ONCE)),
    })
}

async fn facts(portal: &Portal, who: &Who, outcome: &Outcome) -> Result<Vec<(&'static str, Shown)>, Fault> {
    let (review, counts) = (&outcome.review, &outcome.counts);
    let reviewers: Vec<String> = review.reviewers.iter().map(PersonFacts::named).collect();
    let count = |count: u64| shown::text(&count.to_string());
    let mut facts = vec![
        ("Started by", shown::text(&review.starter.named())),
        ("Started", shown::time(review.started_at)),
        ("Due", shown::time(review.due)),
        ("Then", shown::text(review.at_due.words())),
        ("Reviewers", shown::text(&reviewers.join(", "))),
        ("Filter", filter_of(portal, who, &review.filter).await?),
        ("Lines", count(outcome.lines.len() as u64)),
        ("Undecided", count(counts.open)),
        ("Kept", count(counts.kept)),
        ("Revoked", count(counts.revoked)),
        ("Ended before", count(counts.ended_before)),
        ("Not reviewed", count(counts.not_reviewed)),
        ("Not reviewed, so revoked", count(counts.revoked_undecided)),
    ];
    if let Some((at, digest)) = &review.ended {
        let intact = match outcome.is_intact {
            Some(false) => "The lines below are not those of this digest: somebody changed the database.",
            Some(true) | None => {
                "It is of the lines as they were at the start and of what was decided, and is in the audit trail."
            }
        };
        facts.retain(|(label, _)| *label != "Undecided");
        facts.push(("Ended", shown::time(*at)));
        facts.push((
            "SHA-256",
            shown::joined([shown::code(digest), shown::text(intact)], " "),
        ));
    }
    Ok(facts)
}

fn shown_line(outcome: &Outcome, line: &ReviewLine, who: &Who, may_decide: bool) -> Line {
    let (facts, number) = (&line.facts, line.facts.number.to_string());
    let decision = line.decision.as_ref();
    let note = decision.and_then(|decision| decision.note.as_ref());
    let note = note.and_then(|note| outcome.notes.get(&note.id));
    let what = format!(
        "{} on {} ({})",
        facts.permissions.join(", "),
        wording::resources(facts),
        facts.integration
    );
    let (grantee, requester) = (wording::grantee(facts), &facts.requester);
    let holder = if grantee.id == requester.id {
        grantee.named()
    } else {
        format!("{}, requested by {}", grantee.named(), requester.named())
    };
    Line {
        position: line.position,
        may_decide,
        request: if who.reads_all() {
            shown::link(&format!("/requests/{number}"), &number)
        } else {
            shown::text(&number)
        },
        who: shown::text(&holder),
        what: shown::text(&what),
        since: line.granted_at.map(shown::time),
        until: line.until.map(shown::time),
        used: line.used.map_or("", usage::word),
        outcome: line.outcome.map_or("Undecided", LineOutcome::words),
        by: decision.map(|decision| {
            shown::joined(
                [shown::text(&decision.by.named()), shown::time(decision.at)],
                ", ",
            )
        }),
        note: note.map(|note| shown::text(note)),
    }
}
