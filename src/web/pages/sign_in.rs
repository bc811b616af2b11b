//! Signing in.

use askama::Template;
use axum::response::{Redirect, Response};

use super::{Frame, page};
use crate::web::fault::Fault;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    frame: Frame<'a>,
}

/// `GET /sign-in`: how to sign in.
pub(in crate::web) async fn how() -> Result<Response, Fault> {
    page(&SignIn {
        frame: Frame::bare("Sign in"),
    })
}

/// `GET /` for somebody who is not signed in.
pub(in crate::web) async fn first() -> Redirect {
    Redirect::to("/sign-in")
}
