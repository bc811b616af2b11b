//! My access: what the reader has, and what they asked for.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::listed::{Line, Lines, page_of, turns};
use super::{Frame, page};
use crate::access::filter::Filter;
use crate::access::request::State as RequestState;
use crate::store::Page;
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::who::Who;

/// How much live access is shown; nobody has more at once.
const LIVE: u64 = 100;

/// How many requests are shown at once.
const REQUESTS: u64 = 20;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame<'a>,
    live: Lines,
    requests: Lines,
    waiting: usize,
}

/// `GET /`.
pub(in crate::web) async fn home(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let Some(person) = who.person() else {
        // Nothing is theirs.
        return Ok(Redirect::to("/active").into_response());
    };
    let reader = who.onlooker.own();
    let live = look::live(core, &reader, &Filter::default(), Page::First, LIVE).await?;
    let live = live.items.iter().map(|listed| Line {
        has_connect: listed.request.state == RequestState::Granted,
        ..Line::of(listed, &reader, false, core.now())
    });
    let live = Lines {
        items: live.collect(),
        of_others: false,
        are_live: true,
        newer: None,
        older: None,
        end_selected: None,
    };
    let mine = look::log(core, &reader, &Filter::default(), page_of(&query), REQUESTS).await?;
    let (newer, older) = turns(&mine, "/", "", |listed| listed.request.number.0);
    let mine = mine.items.iter().map(|listed| Line {
        // Live access has its own list.
        end: None,
        ..Line::of(listed, &reader, false, core.now())
    });
    let requests = Lines {
        items: mine.collect(),
        of_others: false,
        are_live: false,
        newer,
        older,
        end_selected: None,
    };
    let waiting = look::waiting_for(core, &*portal.directory, &person.id)
        .await?
        .len();
    page(&Home {
        frame: Frame::of(&portal, &who, "My access", "/"),
        live,
        requests,
        waiting,
    })
}
