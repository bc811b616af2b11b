//! Blocks as Slack stores them: ids filled in, and the state of their inputs.
//!
//! Invariant: after `complete` every block has a `block_id` and every interactive element an `action_id`, so state can be keyed by the two.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// `state.values`: `block_id`, then `action_id`, then the value object of the element.
pub(crate) type State = BTreeMap<String, BTreeMap<String, Value>>;

/// The interactive elements of one block, where Slack allows them.
pub(crate) fn elements(block: &Value) -> Vec<&Value> {
    match block["type"].as_str() {
        Some("section") => block
            .get("accessory")
            .into_iter()
            .filter(|accessory| accessory["type"] != "image")
            .collect(),
        Some("input") => block.get("element").into_iter().collect(),
        Some("actions") => block["elements"].as_array().into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

fn elements_mut(block: &mut Value) -> Vec<&mut Value> {
    let kind = block["type"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "section" => block
            .get_mut("accessory")
            .into_iter()
            .filter(|accessory| accessory["type"] != "image")
            .collect(),
        "input" => block.get_mut("element").into_iter().collect(),
        "actions" => block
            .get_mut("elements")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .collect(),
        _ => Vec::new(),
    }
}

/// Fills in the ids that the app left out, as Slack does; `next_id` makes them.
pub(crate) fn complete(blocks: &mut [Value], mut next_id: impl FnMut() -> String) {
    for block in blocks {
        if block.get("block_id").is_none() {
            block["block_id"] = json!(next_id());
        }
        for element in elements_mut(block) {
            if element.get("action_id").is_none() {
                element["action_id"] = json!(next_id());
            }
        }
    }
}

/// The state of blocks that nobody has touched: what `initial_...` says, otherwise empty.
pub(crate) fn initial_state(blocks: &[Value]) -> State {
    let mut state = State::new();
    for block in blocks {
        for element in elements(block) {
            if let Some(value) = initial_value(element) {
                state
                    .entry(id(block, "block_id"))
                    .or_default()
                    .insert(id(element, "action_id"), value);
            }
        }
    }
    state
}

/// The state after the app replaced the blocks: a value with the same `block_id` and `action_id` (and the same type) is kept,
/// whatever the new `initial_...` says. Source: Slack keeps input state by these two ids across views.update.
pub(crate) fn kept_state(old: &State, blocks: &[Value]) -> State {
    let mut state = initial_state(blocks);
    for (block_id, actions) in &mut state {
        for (action_id, value) in actions {
            let before = old.get(block_id).and_then(|actions| actions.get(action_id));
            if let Some(before) = before.filter(|before| before["type"] == value["type"]) {
                *value = before.clone();
            }
        }
    }
    state
}

/// The key of an element's value in the state, and its value if nothing was entered; None for stateless elements.
pub(crate) fn state_key(element_type: &str) -> Option<(&'static str, &'static str)> {
    Some(match element_type {
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => {
            ("value", "initial_value")
        }
        "rich_text_input" => ("rich_text_value", "initial_value"),
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", "initial_option"),
        "multi_static_select" | "multi_external_select" | "checkboxes" => {
            ("selected_options", "initial_options")
        }
        "users_select" => ("selected_user", "initial_user"),
        "multi_users_select" => ("selected_users", "initial_users"),
        "conversations_select" => ("selected_conversation", "initial_conversation"),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations"),
        "channels_select" => ("selected_channel", "initial_channel"),
        "multi_channels_select" => ("selected_channels", "initial_channels"),
        "datepicker" => ("selected_date", "initial_date"),
        "timepicker" => ("selected_time", "initial_time"),
        "datetimepicker" => ("selected_date_time", "initial_date_time"),
        _ => return None,
    })
}

/// Whether the element holds several values.
pub(crate) fn holds_many(element_type: &str) -> bool {
    element_type.starts_with("multi_") || element_type == "checkboxes"
}

fn initial_value(element: &Value) -> Option<Value> {
    let kind = element["type"].as_str()?;
    let (key, initial) = state_key(kind)?;
    let empty = if holds_many(kind) { json!([]) } else { Value::Null };
    Some(json!({"type": kind, key: element.get(initial).cloned().unwrap_or(empty)}))
}

/// The string under `key`; ids are strings once `complete` has run.
pub(crate) fn id(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
