//! One report: what it is, what its runs came to, and running it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::{TryStreamExt, stream};
use url::form_urlencoded;

use super::export::Leaving;
use super::frame::REPORTS;
use super::reports::{next, path};
use super::{Frame, acts, page};
use crate::access::ids::PersonId;
use crate::audit::event::{Actor, Via};
use crate::audit::exported::Format;
use crate::store::{KnownPerson, ReadPeople, ReportRun, SavedReport, StoreError};
use crate::usecases::export;
use crate::usecases::portal::Secret;
use crate::usecases::reports::{self, BuiltIn, Order, ReportError, Runnable};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Query, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many runs a page shows.
const RUNS: u64 = 20;

/// What can be run.
pub(super) enum Found {
    Saved(Box<SavedReport>),
    BuiltIn(BuiltIn),
}

impl Found {
    /// The report, if the reader may see it.
    pub(super) async fn of(portal: &Portal, who: &Who, id: &str) -> Result<Self, Fault> {
        if let Some(built_in) = BuiltIn::named(id) {
            return Ok(Self::BuiltIn(built_in));
        }
        let found = who.onlooker.report(&portal.core, id).await?;
        found
            .map(|report| Self::Saved(Box::new(report)))
            .ok_or(Fault::NotFound)
    }

    /// The format that it is saved with.
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Saved(report) => report.format,
            Self::BuiltIn(_) => Format::Csv,
        }
    }

    pub(super) fn runnable(&self) -> Runnable {
        match self {
            Self::Saved(report) => report.as_ref().into(),
            Self::BuiltIn(report) => report.runnable(),
        }
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    frame: Frame<'a>,
    token: &'a str,
    once: String,
    id: String,
    name: String,
    said: Option<String>,
    /// A label and what it says, line by line.
    facts: Vec<(&'static str, Shown)>,
    activity: String,
    formats: Vec<Format>,
    /// The format that it is saved with.
    usual: Format,
    /// What somebody who changes it saw.
    version: i64,
    may_change: bool,
    may_copy: bool,
    /// `None` if it does not run by itself.
    is_paused: Option<bool>,
    runs: Vec<Run>,
}

struct Run {
    started_at: Shown,
    by: Shown,
    format: &'static str,
    /// Rows, bytes and digest, once all of it left.
    result: Option<(u64, u64, String)>,
    to: Option<Shown>,
}

/// `GET /reports/{id}`.
pub(in crate::web) async fn report(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let found = Found::of(&portal, &who, &id).await?;
    let said = (query.one("was") == "changed").then(|| ReportError::Changed.to_string());
    shown_report(&portal, &who, &found, said).await
}

async fn shown_report(
    portal: &Portal,
    who: &Who,
    found: &Found,
    said: Option<String>,
) -> Result<Response, Fault> {
    let (core, runnable) = (&portal.core, found.runnable());
    let runs = who.onlooker.runs_of(core, &runnable.key, RUNS).await?;
    let mut people: Vec<PersonId> = runs.iter().filter_map(|run| run.by.clone()).collect();
    let mut facts = Vec::new();
    if let Found::BuiltIn(report) = found {
        facts.push(("What it has", shown::text(report.about())));
    }
    facts.push(("Filter", filter_of(portal, who, &runnable.query).await?));
    let columns: Vec<&str> = runnable.columns.iter().map(|column| column.name()).collect();
    facts.push(("Columns", shown::text(&columns.join(", "))));
    if let Found::Saved(report) = found {
        people.push(report.owner.clone());
    }
    let people = core.store.people_by_id(&people).await?;
    let (mut is_paused, mut may_change, mut version) = (None, false, 0);
    if let Found::Saved(report) = found {
        version = report.version;
        is_paused = report.schedule.as_ref().map(|_| report.is_paused);
        may_change = who
            .person()
            .is_some_and(|person| reports::may_change(core, person, report));
        facts.push(("Format", shown::text(report.format.word())));
        facts.push(("Owner", name_of(&people, Some(&report.owner))));
        let shared = if report.is_shared {
            "with admins and auditors"
        } else {
            "with nobody"
        };
        facts.push(("Shared", shown::text(shared)));
        facts.extend(by_itself(report));
    }
    page(&Page {
        frame: Frame::of(portal, who, &runnable.name, REPORTS),
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
        said,
        activity: format!("/activity?{}", runnable.query),
        formats: Format::ALL.to_vec(),
        usual: found.format(),
        version,
        may_change,
        may_copy: who.person().is_some(),
        is_paused,
        runs: runs.into_iter().map(|run| shown_run(&people, run)).collect(),
        facts,
        id: runnable.key,
        name: runnable.name.clone(),
    })
}

/// When it runs by itself, and for whom.
fn by_itself(report: &SavedReport) -> Vec<(&'static str, Shown)> {
    let Some(schedule) = &report.schedule else {
        return vec![("Runs by itself", shown::text("no"))];
    };
    let mut facts = vec![
        ("Runs by itself", shown::text(&schedule.to_string())),
        ("Goes to", shown::code(&schedule.recipient)),
    ];
    let next = next(report);
    facts.push(("Next", next.map_or_else(|| shown::text("paused"), shown::time)));
    facts
}

/// `status granted; integration orders-db`, with people by name.
pub(super) async fn filter_of(portal: &Portal, who: &Who, query: &str) -> Result<Shown, StoreError> {
    let mut parts = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        // Others are not told whether there is such a person.
        let is_person = who.reads_all() && matches!(&*key, "person" | "requester" | "grantee" | "approver");
        let known = if is_person {
            portal
                .core
                .store
                .people_by_id(&[PersonId::new(&*value)])
                .await?
                .pop()
        } else {
            None
        };
        let value = known.map_or_else(|| value.to_string(), |person| person.name);
        parts.push(format!("{key} {value}"));
    }
    Ok(if parts.is_empty() {
        shown::text("none: every request that the reader may see")
    } else {
        shown::text(&parts.join("; "))
    })
}

fn name_of(people: &[KnownPerson], id: Option<&PersonId>) -> Shown {
    let Some(id) = id else {
        return shown::text("an operator");
    };
    let person = people.iter().find(|person| person.id == *id);
    shown::text(person.map_or("", |person| &person.name))
}

fn shown_run(people: &[KnownPerson], run: ReportRun) -> Run {
    Run {
        started_at: shown::time(run.started_at),
        by: match run.due_at {
            Some(_) => shown::text("by itself"),
            None => name_of(people, run.by.as_ref()),
        },
        format: run.format.word(),
        result: run
            .result
            .map(|result| (result.rows, result.bytes, result.digest)),
        to: run.recipient.map(|to| shown::code(&to)),
    }
}

/// `POST /reports/{id}/run`: the file.
pub(in crate::web) async fn run(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let found = Found::of(&portal, &sent.who, &id).await?;
    let format = Format::named(sent.fields.one("format")).ok_or(Fault::Forged)?;
    let runnable = found.runnable();
    let now = portal.core.now();
    let Ok(wanted) = runnable.wanted(format, now, now) else {
        let said = "An older version saved this filter. Edit the report, and save it again.".to_owned();
        return shown_report(&portal, &sent.who, &found, Some(said)).await;
    };
    let leaving = Leaving::of(&portal, &sent.who, &wanted)?;
    let (core, run) = (&portal.core, portal.core.new_id());
    let cause = format!("portal/{}/report/{run}", sent.who.session);
    let order = Order {
        id: run,
        by: Some(sent.who.id().clone()),
        origin: Receipt::now(Via::Portal, &cause).origin_of(Actor::Person(sent.who.facts())),
    };
    let running = reports::begin(&core.store, &runnable, &wanted, order).await?;
    let rows = export::rows(
        core.store.clone(),
        leaving.reader.clone(),
        wanted,
        core.rules().fonts,
    );
    let parts = stream::try_unfold((Box::pin(rows), running), {
        let portal = Arc::clone(&portal);
        move |(mut rows, mut running)| {
            let portal = Arc::clone(&portal);
            async move {
                if let Some(part) = rows.try_next().await? {
                    running.takes(&part);
                    return Ok(Some((part, (rows, running))));
                }
                let core = &portal.core;
                running.ends(&core.store, core.now(), None).await?;
                Ok(None)
            }
        }
    });
    Ok(leaving.response(parts))
}

/// `POST /reports/{id}/act`: pauses, resumes or deletes it.
pub(in crate::web) async fn act(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let person = sent.who.doer()?.person;
    let Found::Saved(report) = Found::of(&portal, &sent.who, &id).await? else {
        return Err(Fault::NotFound);
    };
    let (core, key) = (&portal.core, acts::once(&sent));
    let receipt = Receipt::now(Via::Portal, &key);
    let seen = sent.fields.one("version").parse();
    let report = SavedReport {
        version: seen.map_err(|_| Fault::Forged)?,
        ..*report
    };
    let done = match sent.fields.one("do") {
        "pause" => reports::pause(core, person, &report, true, receipt).await,
        "resume" => reports::pause(core, person, &report, false, receipt).await,
        "delete" => reports::delete(core, person, &report, receipt).await,
        _ => return Err(Fault::Forged),
    };
    let to = match (done, sent.fields.one("do")) {
        (Ok(()) | Err(ReportError::UseCase(UseCaseError::SeenBefore)), "delete") => REPORTS.to_owned(),
        (Ok(()) | Err(ReportError::UseCase(UseCaseError::SeenBefore)), _) => path(&id),
        (Err(ReportError::UseCase(error)), _) => return Err(error.into()),
        (Err(_), _) => format!("{}?was=changed", path(&id)),
    };
    Ok(Redirect::to(&to).into_response())
}
