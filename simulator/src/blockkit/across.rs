//! Rules that hold across all blocks of one message or view.

use std::collections::HashSet;

use serde_json::Value;

use super::checker::Checker;
use super::composition::items;
use super::shape::Members;

/// All markdown blocks of a message together, in characters.
const MARKDOWN_MAX: usize = 12_000;

/// Checks the `blocks` of a message, an attachment or a view.
pub(super) fn blocks_agree(checker: &mut Checker, holder: &Members, at: &str) {
    let blocks = items(holder.get("blocks"));
    block_ids_differ(checker, blocks, at);
    action_ids_differ_within_a_block(checker, blocks, at);
    one_element_has_the_focus(checker, blocks, at);
    markdown_stays_short(checker, blocks, at);
}

fn block_ids_differ(checker: &mut Checker, blocks: &[Value], at: &str) {
    let mut seen = HashSet::new();
    for (index, block) in blocks.iter().enumerate() {
        if let Some(id) = block.get("block_id").and_then(Value::as_str)
            && !seen.insert(id)
        {
            checker.report(
                "block_id.duplicate",
                format!("{at}/blocks/{index}/block_id"),
                format!("`block_id` already exists: {id}"),
            );
        }
    }
}

fn action_ids_differ_within_a_block(checker: &mut Checker, blocks: &[Value], at: &str) {
    for (index, block) in blocks.iter().enumerate() {
        let mut seen = HashSet::new();
        for (path, element) in elements(block) {
            if let Some(id) = element.get("action_id").and_then(Value::as_str)
                && !seen.insert(id)
            {
                checker.report(
                    "action_id.duplicate",
                    format!("{at}/blocks/{index}{path}/action_id"),
                    format!("`action_id` already exists: {id}"),
                );
            }
        }
    }
}

fn one_element_has_the_focus(checker: &mut Checker, blocks: &[Value], at: &str) {
    let focused = blocks.iter().enumerate().flat_map(|(index, block)| {
        elements(block)
            .into_iter()
            .filter(|(_, element)| element.get("focus_on_load") == Some(&Value::Bool(true)))
            .map(move |(path, _)| format!("{at}/blocks/{index}{path}/focus_on_load"))
    });
    for pointer in focused.skip(1) {
        checker.report(
            "focus_on_load.once",
            pointer,
            "only one element can have `focus_on_load`",
        );
    }
}

fn markdown_stays_short(checker: &mut Checker, blocks: &[Value], at: &str) {
    let length: usize = blocks
        .iter()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("markdown"))
        .filter_map(|block| block.get("text").and_then(Value::as_str))
        .map(|text| text.chars().count())
        .sum();
    if length > MARKDOWN_MAX {
        checker.report(
            "markdown.text.max_length",
            format!("{at}/blocks"),
            format!(
                "markdown blocks must have less than {} characters together",
                MARKDOWN_MAX + 1
            ),
        );
    }
}

/// The elements of a block, each with the pointer to it from the block.
fn elements(block: &Value) -> Vec<(String, &Value)> {
    let single = ["element", "accessory"]
        .into_iter()
        .filter_map(|key| Some((format!("/{key}"), block.get(key)?)));
    let several = items(block.get("elements"))
        .iter()
        .enumerate()
        .map(|(index, element)| (format!("/elements/{index}"), element));
    single.chain(several).collect()
}
