//! What a window says besides its own view: errors under the fields of a form, and single sentences.

use serde_json::{Value, json};
use slack_morphism::prelude::SlackView;

use super::{answers, kit, text};

/// Errors under their fields; only the first error of a field is shown.
pub fn in_form(errors: Vec<(&str, String)>) -> Value {
    let mut shown = serde_json::Map::new();
    for (block, sentence) in errors {
        shown
            .entry(block)
            .or_insert_with(|| Value::from(text::shorten(&sentence, 300)));
    }
    json!({ "response_action": "errors", "errors": shown })
}

/// The answer to a form that this version does not know.
pub fn unknown_form() -> Value {
    json!({ "response_action": "update", "view": unknown_modal() })
}

/// The same as a window of its own.
pub fn unknown_modal() -> SlackView {
    sentence_modal("apono", answers::UNKNOWN)
}

/// A window that only says something.
pub fn sentence_modal(title: &str, sentence: &str) -> SlackView {
    kit::reading_modal(title, vec![kit::rich(vec![text::clean(sentence).into()])])
}
