//! Saved and built-in reports that the reader may run.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::frame::REPORTS;
use super::{Frame, page};
use crate::access::ids::PersonId;
use crate::access::time::Timestamp;
use crate::store::{ReadPeople, SavedReport};
use crate::usecases::reports::BuiltIn;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "reports.html")]
struct Page<'a> {
    frame: Frame<'a>,
    saved: Vec<Item>,
    built_in: Vec<(Shown, &'static str)>,
    /// Whether the reader can save any.
    may_save: bool,
}

struct Item {
    name: Shown,
    format: &'static str,
    owner: Shown,
    is_shared: bool,
    /// When it runs by itself.
    schedule: Option<Shown>,
    next: Option<Shown>,
    is_paused: bool,
    last: Option<Shown>,
}

/// `GET /reports`.
pub(in crate::web) async fn reports(State(portal): State<Arc<Portal>>, who: Who) -> Result<Response, Fault> {
    let core = &portal.core;
    let found = who.onlooker.reports(core).await?;
    let owners: Vec<PersonId> = found.iter().map(|report| report.owner.clone()).collect();
    let owners = core.store.people_by_id(&owners).await?;
    let last = who.onlooker.last_runs(core).await?;
    let saved = found.into_iter().map(|report| {
        let owner = owners.iter().find(|person| person.id == report.owner);
        Item {
            name: shown::link(&path(&report.id), &report.name),
            format: report.format.word(),
            owner: shown::text(owner.map_or("", |owner| &owner.name)),
            is_shared: report.is_shared,
            schedule: report
                .schedule
                .as_ref()
                .map(|schedule| shown::text(&schedule.to_string())),
            next: next(&report).map(shown::time),
            is_paused: report.is_paused,
            last: last.get(&report.id).copied().map(shown::time),
        }
    });
    let built_in =
        BuiltIn::ALL.map(|report| (shown::link(&path(report.name()), report.title()), report.about()));
    page(&Page {
        frame: Frame::of(&portal, &who, "Reports", REPORTS),
        saved: saved.collect(),
        built_in: built_in.into(),
        may_save: who.person().is_some(),
    })
}

/// The page of a report.
pub(super) fn path(id: &str) -> String {
    format!("{REPORTS}/{id}")
}

/// When it runs by itself next, or was due, if that is being tried.
pub(super) fn next(report: &SavedReport) -> Option<Timestamp> {
    report.due_at.filter(|_| !report.is_paused)
}
