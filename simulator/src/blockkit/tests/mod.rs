//! One test a rule: each gives a JSON that breaks this rule and no other, and the nearest one that Slack takes.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the cases are JSON literals, and read better without a reference at each"
)]

mod answers;
mod anything;
mod blocks;
mod composition;
mod elements;
mod everything;
mod menus;
mod messages;
mod rich_text;
mod views;

use serde_json::{Value, json};

use super::{Problem, check_message, check_view};

/// A test a line: its name, the rule it proves, where the problem is found, what breaks the rule and what just keeps it.
macro_rules! rules {
    ($($name:ident: $rule:literal at $pointer:literal, refuses $refused:expr, takes $taken:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let refused: Vec<Problem> = $refused;
                let found: Vec<_> = refused.iter().map(|problem| (problem.rule, problem.pointer.as_str())).collect();
                assert_eq!(found, [($rule, $pointer)]);
                let taken: Vec<Problem> = $taken;
                assert_eq!(taken, []);
            }
        )*
    };
}
use rules;

/// A message with this block alone.
fn in_message(block: Value) -> Vec<Problem> {
    check_message(&json!({ "text": "fallback", "blocks": [block] }))
}

/// A modal with this block alone.
fn in_modal(block: Value) -> Vec<Problem> {
    check_view(&modal(json!([block])))
}

/// App Home with this block alone.
fn in_home(block: Value) -> Vec<Problem> {
    check_view(&json!({ "type": "home", "blocks": [block] }))
}

fn modal(blocks: Value) -> Value {
    json!({ "type": "modal", "title": plain(5), "submit": plain(2), "blocks": blocks })
}

fn actions(element: Value) -> Value {
    json!({ "type": "actions", "elements": [element] })
}

fn section_with(accessory: Value) -> Value {
    json!({ "type": "section", "text": plain(1), "accessory": accessory })
}

fn input(element: Value) -> Value {
    json!({ "type": "input", "label": plain(5), "element": element })
}

fn context(element: Value) -> Value {
    json!({ "type": "context", "elements": [element] })
}

fn button() -> Value {
    json!({ "type": "button", "text": plain(7), "action_id": "approve" })
}

fn typed(kind: &str) -> Value {
    json!({ "type": kind, "action_id": "typed" })
}

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": chars(length) })
}

fn mrkdwn(length: usize) -> Value {
    json!({ "type": "mrkdwn", "text": chars(length) })
}

/// Characters of two bytes, so that counting bytes would fail.
fn chars(length: usize) -> String {
    "ä".repeat(length)
}

fn option(value: &str) -> Value {
    json!({ "text": plain(5), "value": value })
}

fn options(count: usize) -> Value {
    (0..count).map(|index| option(&format!("v{index}"))).collect()
}

/// `object` with one member set.
fn with(mut object: Value, key: &str, value: impl Into<Value>) -> Value {
    object[key] = value.into();
    object
}

/// `object` with one member taken away.
fn without(mut object: Value, key: &str) -> Value {
    object.as_object_mut().unwrap().remove(key);
    object
}
