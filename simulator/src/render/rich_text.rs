//! `rich_text` blocks as lines.

use serde_json::Value;

use super::mrkdwn::{channel_name, group_name};
use crate::world::World;

pub(super) fn lines(world: &World, block: &Value) -> String {
    let parts: Vec<String> = children(block).map(|part| one_part(world, part)).collect();
    parts.join("\n")
}

/// A section, quote, preformatted text or list.
fn one_part(world: &World, part: &Value) -> String {
    match part["type"].as_str() {
        Some("rich_text_list") => list(world, part),
        Some("rich_text_quote") => prefixed(&inline(world, part), "> "),
        Some("rich_text_preformatted") => format!("```\n{}\n```", inline(world, part)),
        _ => inline(world, part).trim_end_matches('\n').to_owned(),
    }
}

fn list(world: &World, part: &Value) -> String {
    let indent = "  ".repeat(usize::try_from(part["indent"].as_u64().unwrap_or(0)).unwrap_or(0));
    // An ordered list that continues after a deeper one gives the number of earlier items in `offset`.
    let first = 1 + part["offset"].as_u64().unwrap_or(0);
    let items: Vec<String> = children(part)
        .zip(first..)
        .map(|(item, number)| {
            let mark = if part["style"] == "ordered" {
                format!("{number}.")
            } else {
                "•".to_owned()
            };
            format!("{indent}{mark} {}", inline(world, item))
        })
        .collect();
    items.join("\n")
}

fn inline(world: &World, part: &Value) -> String {
    children(part)
        .map(|element| styled(&one_element(world, element), &element["style"]))
        .collect()
}

fn one_element(world: &World, element: &Value) -> String {
    let member = |key: &str| element[key].as_str().unwrap_or_default();
    match member("type") {
        "text" => member("text").to_owned(),
        "emoji" => emoji(element),
        "link" => match element["text"].as_str() {
            Some(label) => format!("{label} ({})", member("url")),
            None => member("url").to_owned(),
        },
        "user" => format!("@{}", world.name_of(member("user_id"))),
        "usergroup" => group_name(world, member("usergroup_id")),
        "channel" => channel_name(world, member("channel_id")),
        "broadcast" => format!("@{}", member("range")),
        "date" => element["fallback"]
            .as_str()
            .map_or_else(|| element["timestamp"].to_string(), str::to_owned),
        "color" => member("value").to_owned(),
        other => format!("[{other}]"),
    }
}

/// The character itself if its code points are given, otherwise `:name:`.
fn emoji(element: &Value) -> String {
    let points = element["unicode"].as_str().unwrap_or_default();
    let characters: Option<String> = points
        .split('-')
        .map(|point| u32::from_str_radix(point, 16).ok().and_then(char::from_u32))
        .collect();
    characters.unwrap_or_else(|| format!(":{}:", element["name"].as_str().unwrap_or_default()))
}

/// Slack's marks around styled text; spaces at the ends stay outside.
fn styled(text: &str, style: &Value) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let mut marked = inner.to_owned();
    for (name, mark) in [("code", '`'), ("strike", '~'), ("italic", '_'), ("bold", '*')] {
        if style[name] == true {
            marked = format!("{mark}{marked}{mark}");
        }
    }
    text.replacen(inner, &marked, 1)
}

fn prefixed(text: &str, prefix: &str) -> String {
    text.lines()
        .map(|line| format!("{prefix}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn children(value: &Value) -> impl Iterator<Item = &Value> {
    value["elements"].as_array().into_iter().flatten()
}
