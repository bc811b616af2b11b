//! Refuses what Slack refuses in Block Kit: messages, views, suggested options and answers to a submitted form.
//!
//! Tables (`shape`) list what Slack allows, one per object; `checker` walks a JSON value along them, and the few rules across
//! several members are functions named in the tables. A key, type or element that is in no table is refused, so a real block
//! type that is missing here is found by the first test that sends it.
//!
//! Invariant: these functions are pure and total. They never panic, whatever the JSON, and every pointer they give exists in what they were
//! given.
//!
//! Lengths are counted in characters (Unicode scalar values). Slack's own count of characters outside the basic plane is not
//! documented, so a text with emoji near a limit may be treated differently there.
//!
//! Facts: <https://docs.slack.dev/reference/block-kit> and the limits in Slack's published SDK types.

mod across;
mod blocks;
mod checker;
mod composition;
mod elements;
mod message;
mod rich_text;
mod shape;
mod submission;
mod suggestion;
mod view;

#[cfg(test)]
mod tests;

use std::fmt;

pub use message::check_message;
pub use submission::check_submission_response;
pub use suggestion::check_options;
pub use view::check_view;

/// One thing that Slack would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule's name, such as `section.text.max_length`: stable, for tests.
    pub rule: &'static str,
    /// Where, as an RFC 6901 JSON pointer into the checked value. A missing member is reported at the object that lacks it.
    pub pointer: String,
    /// What is wrong, in words close to Slack's own.
    pub detail: String,
}

/// Displayed like the lines that Slack puts in `response_metadata.messages`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[ERROR] {} [json-pointer:{}]", self.detail, self.pointer)
    }
}
