//! The inputs of a view as a person finds them: by label.

use serde_json::{Value, json};

use crate::render;
use crate::world::World;
use crate::world::blocks::{self, holds_many, id, state_key};
use crate::world::views::View;

/// One input, or one select outside an input block.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The input's label; outside an input block the text of the section, or the placeholder, or the `action_id`.
    pub(super) label: String,
    pub(super) block_id: String,
    pub(super) action_id: String,
    pub(super) element: Value,
    /// Whether a change to it is sent to the app at once.
    pub(super) dispatches: bool,
    /// Whether the form cannot be submitted without it.
    pub(super) required: bool,
}

impl Field {
    pub(super) fn kind(&self) -> &str {
        self.element["type"].as_str().unwrap_or_default()
    }

    /// Its value, in the form used in the state and in actions.
    pub(super) fn value(&self, value: &Value) -> Value {
        let (key, _) = state_key(self.kind()).expect("fields are stateful elements");
        json!({"type": self.kind(), key: value})
    }

    pub(super) fn holds_many(&self) -> bool {
        holds_many(self.kind())
    }

    /// Whether a person types into it rather than choosing.
    pub(super) fn takes_text(&self) -> bool {
        self.kind().ends_with("_input") || self.kind().ends_with("picker")
    }

    /// Whether nothing is entered.
    pub(super) fn is_empty(&self, view: &View) -> bool {
        let (key, _) = state_key(self.kind()).expect("fields are stateful elements");
        let value = view
            .state
            .get(&self.block_id)
            .and_then(|actions| actions.get(&self.action_id))
            .map(|value| &value[key]);
        match value {
            None | Some(Value::Null) => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
        }
    }

    /// The options of a static select, radio buttons or checkboxes, with groups flattened.
    pub(super) fn options(&self) -> Vec<&Value> {
        options_in(&self.element)
    }

    pub(super) fn is_external(&self) -> bool {
        self.kind().ends_with("external_select")
    }
}

/// The options of an element, or of the answer to a `block_suggestion`.
pub(super) fn options_in(holder: &Value) -> Vec<&Value> {
    let groups = holder["option_groups"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|group| group["options"].as_array().into_iter().flatten());
    holder["options"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(groups)
        .collect()
}

/// The text people see for an option.
pub(super) fn option_text(option: &Value) -> &str {
    option["text"]["text"].as_str().unwrap_or_default()
}

/// Every input of the view, in order.
pub(super) fn fields(world: &World, view: &View) -> Vec<Field> {
    view.blocks()
        .iter()
        .flat_map(|block| fields_of(world, block))
        .collect()
}

fn fields_of(world: &World, block: &Value) -> Vec<Field> {
    let in_input = block["type"] == "input";
    blocks::elements(block)
        .into_iter()
        .filter(|element| {
            element["type"]
                .as_str()
                .is_some_and(|kind| state_key(kind).is_some())
        })
        .map(|element| Field {
            label: label(world, block, element),
            block_id: id(block, "block_id"),
            action_id: id(element, "action_id"),
            element: element.clone(),
            dispatches: !in_input || block["dispatch_action"] == true,
            required: in_input && block["optional"] != true,
        })
        .collect()
}

fn label(world: &World, block: &Value, element: &Value) -> String {
    let named = match block["type"].as_str() {
        Some("input") => block.get("label"),
        Some("section") => block.get("text"),
        _ => element.get("placeholder"),
    };
    named.map_or_else(|| id(element, "action_id"), |object| render::text(world, object))
}
