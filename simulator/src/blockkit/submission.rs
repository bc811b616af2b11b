//! The answer to a `view_submission`. Source: <https://docs.slack.dev/surfaces/modals#response_actions>.

use serde_json::Value;

use super::Problem;
use super::checker::{Checker, problem, step};
use super::composition::items;
use super::shape::Shape::{Free, Is};
use super::shape::{EVERYWHERE, Members, Object, Surface, object, rules};
use super::view::check_view;

/// What Slack would refuse in the answer to a submitted modal.
///
/// `view` is the modal as stored in the workspace, where every block has a `block_id`. A bare ack (`null` or `{}`) closes the
/// modal and is always fine.
pub fn check_submission_response(ack: &Value, view: &Value) -> Vec<Problem> {
    let is_bare = ack.is_null() || ack.as_object().is_some_and(Members::is_empty);
    if is_bare {
        return Vec::new();
    }
    let table: &'static Object = match ack.get("response_action").and_then(Value::as_str) {
        Some("errors") => &ERRORS,
        Some("update" | "push") => &SHOW,
        Some("clear") => &CLEAR,
        Some(_) | None => {
            return vec![problem(
                "submission.response_action",
                "",
                "`response_action` must be one of: errors, update, push, clear",
            )];
        }
    };
    let mut problems = Checker::check(Surface::Modal, &Is(table), &rules!("submission"), ack);
    if let Some(errors) = ack.get("errors") {
        problems.extend(errors_fit(errors, view));
    }
    if let Some(next) = ack.get("view") {
        problems.extend(next_view_fits(next));
    }
    problems
}

object! {
    ERRORS, "submission", None, EVERYWHERE, [], {
        Required "response_action" => Free,
        Required "errors" => Free,
    }
}

object! {
    SHOW, "submission", None, EVERYWHERE, [], {
        Required "response_action" => Free,
        Required "view" => Free,
    }
}

object! {
    CLEAR, "submission", None, EVERYWHERE, [], {
        Required "response_action" => Free,
    }
}

/// Slack shows an error under an input block and nowhere else.
fn errors_fit(errors: &Value, view: &Value) -> Vec<Problem> {
    let Some(errors) = errors.as_object().filter(|errors| !errors.is_empty()) else {
        return vec![problem(
            "submission.errors.wrong_type",
            "/errors",
            "must provide an object of block ids and texts",
        )];
    };
    let is_input = |block_id: &str| {
        items(view.get("blocks"))
            .iter()
            .any(|block| block["type"] == "input" && block["block_id"] == block_id)
    };
    let mut problems = Vec::new();
    for (block_id, text) in errors {
        let at = step("/errors", block_id);
        if !is_input(block_id) {
            let detail = format!("no input block has this block_id: {block_id}");
            problems.push(problem("submission.errors.block_id", at.clone(), detail));
        }
        if text.as_str().is_none_or(str::is_empty) {
            let detail = "must provide a text of more than 0 characters";
            problems.push(problem("submission.errors.text", at, detail));
        }
    }
    problems
}

fn next_view_fits(next: &Value) -> Vec<Problem> {
    let mut problems: Vec<Problem> = check_view(next)
        .into_iter()
        .map(|found| Problem {
            pointer: format!("/view{}", found.pointer),
            ..found
        })
        .collect();
    if next["type"] == "home" {
        let detail = "only a modal can follow a modal";
        problems.push(problem("submission.view.modal", "/view", detail));
    }
    problems
}
