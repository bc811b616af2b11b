//! Interactive elements as a person reads them.

use serde_json::Value;

use super::text;
use crate::world::World;
use crate::world::blocks::state_key;

/// What an empty input shows.
const EMPTY: &str = "____";

/// The texts a person can click on in this element: a button's, or the options of an overflow menu.
pub(crate) fn button_texts(element: &Value) -> Vec<String> {
    match element["type"].as_str() {
        Some("button") => vec![plain(&element["text"])],
        Some("overflow") => element["options"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|option| plain(&option["text"]))
            .collect(),
        _ => Vec::new(),
    }
}

/// An element outside an input block: `[Button]`, or a select's value.
pub(super) fn shown(world: &World, element: &Value, state: Option<&Value>) -> String {
    match element["type"].as_str() {
        Some("image") => format!("[image: {}]", element["alt_text"].as_str().unwrap_or_default()),
        Some("button") => format!("[{}]", text(world, &element["text"])),
        Some("overflow") => button_texts(element)
            .iter()
            .map(|option| format!("[{option}]"))
            .collect::<Vec<_>>()
            .join(" "),
        _ => format!("<{}>", entered_text(element, state)),
    }
}

/// The value of an input: the text, the chosen options, or a blank with the placeholder.
pub(super) fn entered_text(element: &Value, state: Option<&Value>) -> String {
    let (key, initial) =
        state_key(element["type"].as_str().unwrap_or_default()).unwrap_or(("value", "initial_value"));
    let value = state.map_or(&element[initial], |state| &state[key]);
    let entered = match value {
        Value::Array(options) => options.iter().map(one_choice).collect::<Vec<_>>().join(", "),
        other => one_choice(other),
    };
    if !entered.is_empty() {
        return entered;
    }
    match element.get("placeholder").map(plain) {
        Some(placeholder) => format!("{EMPTY} ({placeholder})"),
        None => EMPTY.to_owned(),
    }
}

fn one_choice(value: &Value) -> String {
    match value {
        Value::Object(option) => option.get("text").map(plain).unwrap_or_default(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) => String::new(),
    }
}

fn plain(object: &Value) -> String {
    object["text"].as_str().unwrap_or_default().to_owned()
}
