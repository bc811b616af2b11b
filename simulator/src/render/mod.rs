//! Blocks as a person reads them: plain lines.
//!
//! Invariant: nothing a person would see is left out, and nothing is shown that Slack would not show (ids, values, escapes).

mod elements;
mod mrkdwn;
mod rich_text;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::world::World;
use crate::world::blocks::State;

pub(crate) use elements::button_texts;
pub(crate) use mrkdwn::mrkdwn;

/// What a view adds to its blocks: entered values, and errors under inputs by `block_id`.
pub(crate) struct Entered<'a> {
    pub(crate) state: &'a State,
    pub(crate) errors: &'a BTreeMap<String, String>,
}

/// Blocks as lines; with `entered` the inputs show their values.
pub(crate) fn blocks(world: &World, blocks: &[Value], entered: Option<&Entered<'_>>) -> String {
    let lines: Vec<String> = blocks
        .iter()
        .map(|block| one_block(world, block, entered))
        .filter(|text| !text.is_empty())
        .collect();
    lines.join("\n")
}

fn one_block(world: &World, block: &Value, entered: Option<&Entered<'_>>) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "header" => format!("# {}", text(world, &block["text"])),
        "section" => section(world, block, entered),
        "divider" => "---".to_owned(),
        "image" => format!("[image: {}]", block["alt_text"].as_str().unwrap_or_default()),
        "context" => joined(block, " ", |element| match element["type"].as_str() {
            Some("image") => format!("[image: {}]", element["alt_text"].as_str().unwrap_or_default()),
            _ => text(world, element),
        }),
        "actions" => joined(block, " ", |element| {
            elements::shown(world, element, chosen(block, element, entered))
        }),
        "input" => input(world, block, entered),
        "rich_text" => rich_text::lines(world, block),
        "markdown" => block["text"].as_str().unwrap_or_default().to_owned(),
        other => format!("[{other}]"),
    }
}

/// A text object as people read it.
pub(crate) fn text(world: &World, object: &Value) -> String {
    let raw = object["text"].as_str().unwrap_or_default();
    if object["type"] == "mrkdwn" {
        mrkdwn(world, raw)
    } else {
        raw.to_owned()
    }
}

fn section(world: &World, block: &Value, entered: Option<&Entered<'_>>) -> String {
    let mut lines = Vec::new();
    if block.get("text").is_some() {
        lines.push(text(world, &block["text"]));
    }
    for field in block["fields"].as_array().into_iter().flatten() {
        lines.push(field_line(&text(world, field)));
    }
    if let Some(accessory) = block.get("accessory") {
        lines.push(elements::shown(
            world,
            accessory,
            chosen(block, accessory, entered),
        ));
    }
    lines.join("\n")
}

/// A field is a line; the usual form "*Label*, line break, value" becomes "Label: value".
fn field_line(text: &str) -> String {
    let label = text
        .split_once('\n')
        .and_then(|(first, rest)| Some((first.strip_prefix('*')?.strip_suffix('*')?, rest)));
    match label {
        Some((label, value)) => format!("{}: {value}", label.trim_end_matches(':')),
        None => text.to_owned(),
    }
}

fn input(world: &World, block: &Value, entered: Option<&Entered<'_>>) -> String {
    let element = &block["element"];
    let optional = if block["optional"] == true {
        " (optional)"
    } else {
        ""
    };
    let value = elements::entered_text(element, chosen(block, element, entered));
    let mut lines = vec![format!("{}{optional}: {value}", text(world, &block["label"]))];
    if let Some(hint) = block.get("hint") {
        lines.push(format!("  {}", text(world, hint)));
    }
    let error = entered.and_then(|entered| entered.errors.get(block["block_id"].as_str()?));
    lines.extend(error.map(|error| format!("  ! {error}")));
    lines.join("\n")
}

fn chosen<'a>(block: &Value, element: &Value, entered: Option<&Entered<'a>>) -> Option<&'a Value> {
    entered?
        .state
        .get(block["block_id"].as_str()?)?
        .get(element["action_id"].as_str()?)
}

fn joined(block: &Value, between: &str, show: impl Fn(&Value) -> String) -> String {
    let shown: Vec<String> = block["elements"]
        .as_array()
        .into_iter()
        .flatten()
        .map(show)
        .collect();
    shown.join(between)
}
