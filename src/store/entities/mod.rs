//! The rows, one type for each table that is read as rows, exactly as the migrations create them (a test compares the two).
//!
//! Nothing outside `store` sees a row: rows leave as domain types or as errors.
#![expect(
    unreachable_pub,
    reason = "the derive creates public types; the modules themselves are private to the store"
)]

mod audit;
mod installation;
mod limits;
mod people;
mod portal;
mod reads;
mod reconcile;
mod requests;
mod reviews;
mod saved;
mod usage;
mod work;

pub(crate) use audit::{audit_event, audit_head, audit_post};
pub(crate) use installation::{install, pinned_channel, policy_version, resource, setting};
pub(crate) use limits::{blocked_person, frozen_integration, red_button, red_button_request, refusal};
pub(crate) use people::{account, email_pin, person, public_key};
pub(crate) use portal::{portal_attempt, portal_identity, portal_link, portal_session};
pub(crate) use reads::read_note;
pub(crate) use reconcile::{drift, stray};
pub(crate) use requests::{
    access_grant, decision, extension, request, request_term, request_unit, submission, words,
};
pub(crate) use reviews::{review, review_line, review_reviewer};
pub(crate) use saved::{report, report_run};
pub(crate) use usage::grant_use;
pub(crate) use work::{inbox, job, message};
