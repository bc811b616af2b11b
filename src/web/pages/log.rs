//! The audit log: every event of the trail, newest first, and what is known about its chain.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::choice::{Choice, choices, integrations};
use super::events::Events;
use super::listed::page_of;
use super::{Frame, sought_page};
use crate::audit::chain::Head;
use crate::audit::day::TrailState;
use crate::audit::name::NAMES;
use crate::audit::read;
use crate::audit::wanted::Family;
use crate::store::{Events as Found, LOOKED_THROUGH, StoreError};
use crate::telling;
use crate::usecases::{Core, day};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::sought_events::{self, SoughtEvents};
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: usize = 50;

#[derive(Template)]
#[template(path = "log.html")]
struct Log<'a> {
    frame: Frame<'a>,
    chain: Chain,
    sought: &'a SoughtEvents,
    families: Vec<Choice>,
    /// The names of all events.
    events_named: [&'static str; NAMES.len()],
    integrations: Vec<Choice>,
    /// What can be shown, where, and whether it is.
    tabs: [(&'static str, &'static str, bool); 3],
    is_filtered: bool,
    events: Events,
    /// How many events the page looked through, if it stopped before it was full.
    looked_through: Option<u64>,
    newer: Option<String>,
    older: Option<String>,
}

/// What is known about the chain of the trail.
struct Chain {
    /// Where it ends now.
    last: u64,
    hash: String,
    /// What the last verification found, and when that was.
    verified: Option<(Shown, Shown)>,
    is_broken: bool,
}

/// `GET /log`: for those who read everything.
pub(in crate::web) async fn log(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    if !who.reads_all() {
        return Err(Fault::NotFound);
    }
    let core = &portal.core;
    let sought = sought_events::read(&portal, &query).await?;
    let reader = who.reader(&portal, read::Page::Log, None).await?;
    let found = if sought.wrong.is_some() {
        Found::default()
    } else {
        let (store, wanted) = (&core.store, &sought.wanted);
        store
            .events_like(&reader, wanted, page_of(&query), AT_ONCE)
            .await?
    };
    let rest = sought.query();
    let turn = |word: &str, seq: Option<u64>| {
        let and = if rest.is_empty() { "" } else { "&" };
        seq.map(|seq| format!("/log?{word}={seq}{and}{rest}"))
    };
    let family = sought.wanted.family;
    let is_cut = found.older.is_some() && found.items.len() < AT_ONCE;
    let template = Log {
        frame: Frame::of(&portal, &who, "Audit log", "/log"),
        chain: chain(core).await?,
        families: choices(Family::ALL.map(Family::name), sought.said("kind")),
        events_named: NAMES,
        integrations: choices(integrations(core, &who), sought.said("integration")),
        tabs: [
            (
                "Everything",
                "/log",
                !matches!(family, Some(Family::Administration | Family::Anomalies)),
            ),
            (
                "Administration",
                "/log?kind=administration",
                family == Some(Family::Administration),
            ),
            (
                "Anomalies",
                "/log?kind=anomalies",
                family == Some(Family::Anomalies),
            ),
        ],
        is_filtered: !rest.is_empty(),
        events: Events::of_trail(&core.store, &found.items).await?,
        looked_through: is_cut.then_some(LOOKED_THROUGH),
        newer: turn("after", found.newer),
        older: turn("before", found.older),
        sought: &sought,
    };
    sought_page(&template, sought.wrong.as_deref())
}

async fn chain(core: &Core) -> Result<Chain, StoreError> {
    let line = day::last_line(core).await?;
    let Head { seq, hash } = core.store.head().await?;
    Ok(Chain {
        last: seq,
        hash: hash.to_string(),
        is_broken: line
            .as_ref()
            .is_some_and(|(_, day)| matches!(day.trail, TrailState::DoesNotFit(_))),
        verified: line.map(|(at, day)| {
            let found = shown::phrase(telling::day::trail(&day.trail));
            (found, shown::time(at))
        }),
    })
}
