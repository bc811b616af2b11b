//! The switch between the reader's own zone and UTC, kept in a cookie.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header;

use crate::web::Portal;
use crate::web::cookies::Cookie;
use crate::web::next;
use crate::web::sent::Sent;
use crate::web::zone::UTC;

/// `POST /zone`: and back to the page that it was on.
pub(in crate::web) async fn switch(State(portal): State<Arc<Portal>>, sent: Sent) -> Response {
    let cookie = if sent.fields.one("zone") == UTC {
        Cookie::Zone.set(&portal.site, UTC)
    } else {
        Cookie::Zone.forget(&portal.site)
    };
    let back = Some(sent.fields.one("back")).filter(|back| next::is_own(back));
    let back = Redirect::to(back.unwrap_or("/"));
    ([(header::SET_COOKIE, cookie)], back).into_response()
}
