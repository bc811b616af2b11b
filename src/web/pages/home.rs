//! My access.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, page};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame<'a>,
}

/// `GET /`.
pub(in crate::web) async fn home(State(portal): State<Arc<Portal>>, who: Who) -> Result<Response, Fault> {
    page(&Home {
        frame: Frame::of(&portal, &who, "My access", "/"),
    })
}
