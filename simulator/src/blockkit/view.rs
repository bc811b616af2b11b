//! Views: modals and App Home. Source: <https://docs.slack.dev/reference/views>.

use serde_json::Value;

use super::Problem;
use super::across::blocks_agree;
use super::blocks::BLOCK;
use super::checker::{Checker, problem};
use super::composition::items;
use super::shape::Shape::{Bool, List, OneOf, Str, Text};
use super::shape::TextKind::PlainOnly;
use super::shape::{EVERYWHERE, Members, Shape, Surface, object, rules};

/// Slack answers a larger view with `view_too_large`; in bytes of JSON.
const SIZE_MAX: usize = 250_000;

const VIEW: Shape = OneOf(&[&MODAL, &HOME]);
const BLOCKS: Shape = List(0, 100, &BLOCK);
/// Slack itself returns these as empty if an app did not set them, so an empty one is not a mistake.
const NAME: Shape = Str(0, 255);
const PRIVATE_METADATA: Shape = Str(0, 3000);

/// What Slack would refuse in a view that an app opens, pushes, updates or publishes.
pub fn check_view(view: &Value) -> Vec<Problem> {
    let surface = if view.get("type").and_then(Value::as_str) == Some("home") {
        Surface::Home
    } else {
        Surface::Modal
    };
    let mut problems = Checker::check(surface, &VIEW, &rules!("view"), view);
    if view.to_string().len() > SIZE_MAX {
        let detail = format!("view_too_large: must be at most {SIZE_MAX} bytes of JSON");
        problems.push(problem("view.size", "", detail));
    }
    problems
}

object! {
    MODAL, "modal", Some("modal"), EVERYWHERE, [inputs_need_submit, blocks_agree], {
        Required "title" => Text(PlainOnly, 24),
        Required "blocks" => BLOCKS,
        Optional "submit" => Text(PlainOnly, 24),
        Optional "close" => Text(PlainOnly, 24),
        Optional "private_metadata" => PRIVATE_METADATA,
        Optional "callback_id" => NAME,
        Optional "external_id" => NAME,
        Optional "clear_on_close" => Bool,
        Optional "notify_on_close" => Bool,
    }
}

object! {
    HOME, "home", Some("home"), EVERYWHERE, [blocks_agree], {
        Required "blocks" => BLOCKS,
        Optional "private_metadata" => PRIVATE_METADATA,
        Optional "callback_id" => NAME,
        Optional "external_id" => NAME,
    }
}

fn inputs_need_submit(checker: &mut Checker, modal: &Members, at: &str) {
    let has_input = items(modal.get("blocks"))
        .iter()
        .any(|block| block.get("type").and_then(Value::as_str) == Some("input"));
    if has_input && !modal.contains_key("submit") {
        checker.report(
            "modal.submit.required_with_inputs",
            at,
            "missing required field: submit, because an input block is found",
        );
    }
}
