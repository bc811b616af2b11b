//! Access reviews that the reader may see.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::frame::REVIEWS;
use super::{Frame, page};
use crate::usecases::reviews::waiting_for;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "reviews.html")]
struct Page<'a> {
    frame: Frame<'a>,
    items: Vec<Item>,
    may_start: bool,
    reads_all: bool,
}

struct Item {
    name: Shown,
    started_by: Shown,
    lines: u64,
    open: u64,
    /// Lines that wait for the reader.
    mine: u64,
    due: Shown,
    ended: Option<Shown>,
}

/// `GET /reviews`.
pub(in crate::web) async fn reviews(State(portal): State<Arc<Portal>>, who: Who) -> Result<Response, Fault> {
    let core = &portal.core;
    let found = who.onlooker.reviews(core).await?;
    let ids: Vec<String> = found.iter().map(|review| review.id.clone()).collect();
    let progress = core.store.progress_of(&ids).await?;
    let waiting = match who.person() {
        Some(person) => waiting_for(core, &*portal.directory, person).await?,
        None => Vec::new(),
    };
    let items = found.into_iter().map(|review| {
        let progress = progress.get(&review.id).copied().unwrap_or_default();
        let mine = waiting.iter().find(|one| one.review.id == review.id);
        let ended = review.ended.as_ref();
        Item {
            name: shown::link(&path(&review.id), &format!("{} {}", review.id, review.name)),
            started_by: shown::text(&review.starter.name),
            lines: progress.lines,
            open: progress.open,
            mine: mine.map_or(0, |one| one.lines),
            due: shown::time(review.due),
            ended: ended.map(|(at, _)| shown::time(*at)),
        }
    });
    page(&Page {
        frame: Frame::of(&portal, &who, "Reviews", REVIEWS),
        items: items.collect(),
        may_start: who.reads_all() && who.person().is_some(),
        reads_all: who.reads_all(),
    })
}

/// The page of a review.
pub(super) fn path(id: &str) -> String {
    format!("{REVIEWS}/{id}")
}
