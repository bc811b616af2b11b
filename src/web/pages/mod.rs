//! The pages, one file for each.

pub(super) mod active;
pub(super) mod activity;
pub(super) mod acts;
mod frame;
pub(super) mod home;
mod listed;
pub(super) mod request;
pub(super) mod sessions;
pub(super) mod sign_in;
pub(super) mod waiting;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::fault::Fault;

pub(super) use frame::Frame;

/// A page as an answer.
pub(super) fn page(template: &impl Template) -> Result<Response, Fault> {
    match template.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page of the portal could not be written");
            Err(Fault::Broken)
        }
    }
}
