//! Where somebody is signed in, and the end of that.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header;

use super::{Frame, page};
use crate::audit::event::Via;
use crate::store::Way;
use crate::usecases::portal::{self, IDLE, LASTS};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::cookies::Cookie;
use crate::web::fault::Fault;
use crate::web::sent::Sent;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions<'a> {
    frame: Frame<'a>,
    token: &'a str,
    open: Vec<Line>,
}

struct Line {
    id: String,
    browser: String,
    address: String,
    through: String,
    began_at: Shown,
    seen_at: Shown,
    ends_at: Shown,
    is_this: bool,
}

/// `GET /sessions`.
pub(in crate::web) async fn list(State(portal): State<Arc<Portal>>, who: Who) -> Result<Response, Fault> {
    let core = &portal.core;
    let now = core.now();
    let found = core.store.portal_sessions_of(who.id()).await?;
    let sessions = found
        .into_iter()
        .filter(|session| now.since(session.began_at) < LASTS && now.since(session.seen_at) < IDLE);
    let sessions = sessions.map(|session| Line {
        is_this: session.id == who.session,
        began_at: shown::time(session.began_at),
        seen_at: shown::time(session.seen_at),
        through: through(&portal, session.through.as_ref()),
        ends_at: shown::time(session.began_at.plus(LASTS).min(session.seen_at.plus(IDLE))),
        id: session.id,
        browser: session.browser,
        address: session.address,
    });
    page(&Sessions {
        frame: Frame::of(&portal, &who, "Sessions", "/sessions"),
        token: &who.token,
        open: sessions.collect(),
    })
}

/// How somebody signed in, in the words of the config where it still has them.
fn through(portal: &Portal, way: Option<&Way>) -> String {
    match way {
        Some(Way::Link) => "A link from Slack".to_owned(),
        Some(Way::Issuer(issuer)) => match &portal.issuer {
            Some(present) if present.provider.issuer() == issuer => present.name.clone(),
            Some(_) | None => issuer.clone(),
        },
        None => "Not recorded".to_owned(),
    }
}

/// `POST /sessions/{id}/end`.
pub(in crate::web) async fn end(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    end_one(&portal, &sent, &id).await?;
    Ok(if id == sent.who.session {
        left(&portal)
    } else {
        Redirect::to("/sessions").into_response()
    })
}

/// `POST /sign-out`.
pub(in crate::web) async fn sign_out(
    State(portal): State<Arc<Portal>>,
    sent: Sent,
) -> Result<Response, Fault> {
    end_one(&portal, &sent, &sent.who.session).await?;
    Ok(left(&portal))
}

/// `POST /sessions/end`: all of them.
pub(in crate::web) async fn end_all(
    State(portal): State<Arc<Portal>>,
    sent: Sent,
) -> Result<Response, Fault> {
    let key = format!("portal/{}/end-all", sent.who.session);
    let receipt = Receipt::now(Via::Portal, &key);
    already_is_fine(portal::end_all(&portal.core, &sent.who.facts(), receipt).await)?;
    Ok(left(&portal))
}

async fn end_one(portal: &Portal, sent: &Sent, id: &str) -> Result<(), Fault> {
    let key = format!("portal/{}/end/{id}", sent.who.session);
    let receipt = Receipt::now(Via::Portal, &key);
    already_is_fine(
        portal::end(&portal.core, &sent.who.facts(), id, receipt)
            .await
            .map(drop),
    )
}

/// The same form that arrives twice ends nothing twice.
fn already_is_fine(done: Result<(), UseCaseError>) -> Result<(), Fault> {
    match done {
        Ok(()) | Err(UseCaseError::SeenBefore) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The browser forgets the session that ended.
fn left(portal: &Portal) -> Response {
    let forget = [(header::SET_COOKIE, Cookie::Session.forget(&portal.site))];
    (forget, Redirect::to("/sign-in")).into_response()
}
