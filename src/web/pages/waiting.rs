//! What waits for the reader's answer, oldest first, and what they answered before.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::listed::{Lines, page_of};
use super::{Frame, page};
use crate::telling::request::asks;
use crate::telling::wording;
use crate::usecases::look::{self, Waiting};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: usize = 20;

/// How much is shown of what the reader answered.
const ANSWERED: u64 = 20;

#[derive(Template)]
#[template(path = "waiting.html")]
struct Page<'a> {
    frame: Frame<'a>,
    items: Vec<Item>,
    all: usize,
    back: Option<usize>,
    more: Option<usize>,
    /// What the reader answered before.
    answered: Lines,
}

struct Item {
    number: String,
    sentence: Shown,
    resources: Shown,
    words: Option<Shown>,
}

/// `GET /waiting`.
pub(in crate::web) async fn waiting(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let person = who.doer()?.person;
    let from: usize = query.one("from").parse().unwrap_or(0);
    let waiting = look::waiting_for(&portal.core, &*portal.directory, &person.id).await?;
    let (found, all) = (
        look::waiting(&portal.core, &waiting, from, AT_ONCE).await?,
        waiting.len(),
    );
    let end = from.saturating_add(AT_ONCE);
    let core = &portal.core;
    let own = who.onlooker.own();
    let answered = look::decided_by(core, &own, page_of(&query), ANSWERED).await?;
    let lines = Lines::of_found(&answered, (&who, &own), ("/waiting", ""), false, core.now());
    page(&Page {
        frame: Frame::of(&portal, &who, "Waiting for me", "/waiting"),
        items: found.iter().map(item).collect(),
        all,
        back: (from > 0).then(|| from.saturating_sub(AT_ONCE)),
        more: (end < all).then_some(end),
        answered: lines.selectable(&portal, &answered, &who).await?,
    })
}

fn item(waiting: &Waiting) -> Item {
    let view = &waiting.view;
    let words = match waiting.asked() {
        Some(asked) => asked.words.as_ref(),
        None => view.justification.as_ref(),
    };
    Item {
        number: view.request.number.to_string(),
        sentence: shown::phrase(asks(waiting)),
        resources: shown::text(&wording::resources(&view.about)),
        words: words.map(|words| shown::text(words)),
    }
}
