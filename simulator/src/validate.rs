//! The one place where the app's content is checked against Block Kit's rules.
//!
//! Invariant: nothing with a problem reaches the world; the app gets the error that Slack would give.

use serde_json::Value;

use crate::api::error::ApiError;
use crate::blockkit::{self, Problem};

/// Checks a message: the content in a call of a chat method, a post to a response url, or the ack of a command.
pub(crate) fn message(message: &Value) -> Result<(), ApiError> {
    refuse(&blockkit::check_message(message), "")
}

/// Checks a modal or home tab in a call of a views method.
pub(crate) fn view(view: &Value) -> Result<(), ApiError> {
    refuse(&blockkit::check_view(view), "/view")
}

/// Checks the answer to a `block_suggestion`.
pub(crate) fn suggestions(ack: &Value) -> Result<(), ApiError> {
    refuse(&blockkit::check_options(ack), "")
}

/// Checks the answer to a `view_submission` of `view`.
pub(crate) fn submission_answer(ack: &Value, view: &Value) -> Result<(), ApiError> {
    refuse(&blockkit::check_submission_response(ack, view), "")
}

/// The first problem gives the code, all of them give the messages; `at` is the position of the checked value in the
/// arguments.
fn refuse(problems: &[Problem], at: &str) -> Result<(), ApiError> {
    let Some(first) = problems.first() else {
        return Ok(());
    };
    let messages = problems.iter().map(|problem| {
        format!(
            "[ERROR] {} [json-pointer:{at}{}]",
            problem.detail, problem.pointer
        )
    });
    Err(ApiError::with_messages(code(first), messages))
}

fn code(problem: &Problem) -> &'static str {
    match (problem.rule, problem.pointer.as_str()) {
        ("message.no_text", _) => "no_text",
        ("message.text.max_length" | "message.text.max_length_in_update", _) => "msg_too_long",
        ("message.markdown_text.conflict", _) => "markdown_text_conflict",
        ("view.size", _) => "view_too_large",
        (_, "/blocks") => "invalid_blocks_format",
        (_, pointer) if pointer.starts_with("/blocks/") => "invalid_blocks",
        (_, pointer) if pointer.starts_with("/attachments") => "invalid_attachments",
        (_, pointer) if pointer.starts_with("/metadata") => "invalid_metadata_format",
        (_, _) => "invalid_arguments",
    }
}
