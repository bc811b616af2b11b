//! The rows, one type for each table that is read as rows, exactly as the migrations make them (a test compares the two).
//!
//! Nothing outside `store` sees a row: it leaves as a domain type or as an error.
#![expect(
    unreachable_pub,
    reason = "the derive makes public types; the modules themselves are private to the store"
)]

mod audit;
mod house;
mod people;
mod requests;
mod work;

pub(crate) use audit::{audit_event, audit_head, audit_post};
pub(crate) use house::{install, setting, policy_version, resource};
pub(crate) use people::{person, account, email_pin};
pub(crate) use requests::{words, submission, request, request_unit, decision, access_grant};
pub(crate) use work::{job, inbox, message};
