//! The pages, one file for each, and the frame around all of them.

pub(super) mod sign_in;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::assets;
use super::fault::Fault;

/// What is around the content of a page.
pub(super) struct Frame<'a> {
    pub(in crate::web) title: &'a str,
    pub(in crate::web) style: String,
    pub(in crate::web) font: String,
    pub(in crate::web) icon: String,
}

impl<'a> Frame<'a> {
    /// For somebody who is not signed in, or may not be.
    pub(super) fn bare(title: &'a str) -> Self {
        Self {
            title,
            style: assets::style(),
            font: assets::font(),
            icon: assets::icon(),
        }
    }
}

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
