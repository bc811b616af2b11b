//! The pages, one file for each.

pub(super) mod active;
mod active_top;
pub(super) mod activity;
pub(super) mod acts;
pub(super) mod ask;
mod braked;
mod choice;
mod compare;
pub(super) mod connect;
pub(super) mod dashboard;
mod draft;
mod events;
pub(super) mod export;
pub(super) mod extend;
mod flow_lines;
pub(super) mod flows;
mod frame;
mod groups;
pub(super) mod home;
pub(super) mod integration;
pub(super) mod integrations;
pub(in crate::web) mod issuer;
mod listed;
pub(super) mod log;
pub(super) mod people;
pub(super) mod person;
pub(super) mod red_button;
pub(super) mod report;
pub(super) mod report_form;
pub(super) mod reports;
pub(super) mod request;
pub(super) mod resource;
pub(super) mod review;
pub(super) mod review_file;
pub(super) mod review_form;
pub(super) mod reviews;
pub(super) mod revoke;
pub(super) mod sessions;
pub(super) mod sign_in;
mod standpoint;
pub(super) mod waiting;
pub(super) mod zone;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::fault::Fault;

pub(super) use frame::Frame;

/// A page with what its address asks for, or with why that cannot be read.
pub(super) fn sought_page(template: &impl Template, wrong: Option<&str>) -> Result<Response, Fault> {
    let mut response = page(template)?;
    if wrong.is_some() {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
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
