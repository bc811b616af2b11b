//! The blocks. Source: <https://docs.slack.dev/reference/block-kit/blocks>.
//!
//! Not included, and so refused: `table`, `video`, `file`, `context_actions` and the other blocks for AI apps.

use super::checker::Checker;
use super::composition::{ID, SLACK_FILE, URL, image_has_one_source};
use super::elements::{ACCESSORIES, ACTIONS, IMAGE_ELEMENT, INPUTS};
use super::rich_text::RICH_TEXT;
use super::shape::Shape::{Bool, Is, List, OneOf, Str, Text, TextOr};
use super::shape::TextKind::{PlainOnly, PlainOrMrkdwn};
use super::shape::{EVERYWHERE, IN_MESSAGES, Members, Shape, UNBOUNDED, object};

/// Any block.
pub(super) const BLOCK: Shape = OneOf(&[
    &ACTIONS_BLOCK,
    &CONTEXT,
    &DIVIDER,
    &HEADER,
    &IMAGE,
    &INPUT,
    &MARKDOWN,
    &RICH_TEXT,
    &SECTION,
]);

object! {
    ACTIONS_BLOCK, "actions", Some("actions"), EVERYWHERE, [], {
        Required "elements" => List(1, 25, &OneOf(ACTIONS)),
        Optional "block_id" => ID,
    }
}

object! {
    CONTEXT, "context", Some("context"), EVERYWHERE, [], {
        Required "elements" => List(1, 10, &TextOr(3000, &[&IMAGE_ELEMENT])),
        Optional "block_id" => ID,
    }
}

object! {
    DIVIDER, "divider", Some("divider"), EVERYWHERE, [], {
        Optional "block_id" => ID,
    }
}

object! {
    HEADER, "header", Some("header"), EVERYWHERE, [], {
        Required "text" => Text(PlainOnly, 150),
        Optional "block_id" => ID,
    }
}

object! {
    IMAGE, "image", Some("image"), EVERYWHERE, [image_has_one_source], {
        Optional "image_url" => URL,
        Optional "slack_file" => Is(&SLACK_FILE),
        Required "alt_text" => Str(1, 2000),
        Optional "title" => Text(PlainOnly, 2000),
        Optional "block_id" => ID,
    }
}

object! {
    INPUT, "input", Some("input"), EVERYWHERE, [], {
        Required "label" => Text(PlainOnly, 2000),
        Required "element" => OneOf(INPUTS),
        Optional "hint" => Text(PlainOnly, 2000),
        Optional "optional" => Bool,
        Optional "dispatch_action" => Bool,
        Optional "block_id" => ID,
    }
}

object! {
    /// Its limit applies to all markdown blocks of a message together, and is checked there.
    MARKDOWN, "markdown", Some("markdown"), IN_MESSAGES, [], {
        Required "text" => Str(1, UNBOUNDED),
        Optional "block_id" => ID,
    }
}

object! {
    SECTION, "section", Some("section"), EVERYWHERE, [section_says_something], {
        Optional "text" => Text(PlainOrMrkdwn, 3000),
        Optional "fields" => List(1, 10, &Text(PlainOrMrkdwn, 2000)),
        Optional "accessory" => OneOf(ACCESSORIES),
        Optional "expand" => Bool,
        Optional "block_id" => ID,
    }
}

fn section_says_something(checker: &mut Checker, section: &Members, at: &str) {
    if !section.contains_key("text") && !section.contains_key("fields") {
        checker.report(
            "section.text_or_fields",
            at,
            "must define either `text` or `fields`",
        );
    }
}
