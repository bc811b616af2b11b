//! Rules that hold for every element alike, proved with one good sample of each.

use serde_json::{Value, json};

use super::*;

struct Sample {
    element: Value,
    /// Message, modal, home.
    surfaces: [bool; 3],
    /// Section, actions, input, context.
    blocks: [bool; 4],
}

const EVERYWHERE: [bool; 3] = [true, true, true];
const MODALS: [bool; 3] = [false, true, false];
const FIELD: [bool; 4] = [false, false, true, false];
const PICKED: [bool; 4] = [true, true, true, false];
const CLICKED: [bool; 4] = [true, true, false, false];

/// As the tables "available in surfaces" and "works with block types" of Slack's reference say; that actions take a `rich_text_input` is
/// from Slack's published SDK types.
fn samples() -> Vec<Sample> {
    let offering = |kind: &str| with(typed(kind), "options", options(2));
    let number = with(typed("number_input"), "is_decimal_allowed", true);
    let image = json!({ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" });
    [
        (button(), EVERYWHERE, CLICKED),
        (offering("overflow"), EVERYWHERE, CLICKED),
        (image, EVERYWHERE, [true, false, false, true]),
        (offering("checkboxes"), EVERYWHERE, PICKED),
        (offering("radio_buttons"), EVERYWHERE, PICKED),
        (typed("datepicker"), EVERYWHERE, PICKED),
        (typed("timepicker"), EVERYWHERE, PICKED),
        (
            typed("datetimepicker"),
            [true, true, false],
            [false, true, true, false],
        ),
        (offering("static_select"), EVERYWHERE, PICKED),
        (offering("multi_static_select"), EVERYWHERE, PICKED),
        (typed("external_select"), EVERYWHERE, PICKED),
        (typed("multi_external_select"), EVERYWHERE, PICKED),
        (typed("users_select"), EVERYWHERE, PICKED),
        (typed("multi_users_select"), EVERYWHERE, PICKED),
        (typed("conversations_select"), EVERYWHERE, PICKED),
        (typed("multi_conversations_select"), EVERYWHERE, PICKED),
        (typed("channels_select"), EVERYWHERE, PICKED),
        (typed("multi_channels_select"), EVERYWHERE, PICKED),
        (typed("plain_text_input"), EVERYWHERE, FIELD),
        (typed("email_text_input"), MODALS, FIELD),
        (typed("url_text_input"), MODALS, FIELD),
        (typed("file_input"), MODALS, FIELD),
        (number, MODALS, FIELD),
        (
            typed("rich_text_input"),
            [false, true, true],
            [false, true, true, false],
        ),
    ]
    .into_iter()
    .map(|(element, surfaces, blocks)| Sample {
        element,
        surfaces,
        blocks,
    })
    .collect()
}

/// The first block that takes the sample, with it inside.
fn at_home(sample: &Sample, element: &Value) -> Value {
    let kind = sample.blocks.iter().position(|takes| *takes).unwrap();
    holders()[kind](element.clone())
}

fn holders() -> [fn(Value) -> Value; 4] {
    [section_with, actions, input, context]
}

fn rules_of(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.rule).collect()
}

#[test]
fn every_element_stands_only_in_the_blocks_that_take_it() {
    let refusals = [
        "section.accessory.unsupported_type",
        "actions.elements.unsupported_type",
        "input.element.unsupported_type",
        "context.elements.unsupported_type",
    ];
    for sample in samples() {
        for (index, hold) in holders().into_iter().enumerate() {
            let found = in_modal(hold(sample.element.clone()));
            let expected = if sample.blocks[index] {
                vec![]
            } else {
                vec![refusals[index]]
            };
            assert_eq!(rules_of(&found), expected, "{}", sample.element);
        }
    }
}

#[test]
fn every_element_stands_only_on_the_surfaces_that_take_it() {
    let surfaces: [fn(Value) -> Vec<Problem>; 3] = [in_message, in_modal, in_home];
    for sample in samples() {
        let block = at_home(&sample, &sample.element);
        for (index, show) in surfaces.into_iter().enumerate() {
            let found = show(block.clone());
            let rules = rules_of(&found);
            if sample.surfaces[index] {
                assert!(rules.is_empty(), "{}: {rules:?}", sample.element);
            } else {
                let expected = format!("{}.surface", sample.element["type"].as_str().unwrap());
                assert_eq!(rules, [expected]);
            }
        }
    }
}

#[test]
fn every_element_refuses_unknown_keys() {
    for sample in samples() {
        let odd = with(sample.element.clone(), "colour", "red");
        let found = in_modal(at_home(&sample, &odd));
        assert!(
            matches!(&found[..], [problem] if problem.rule.ends_with(".unknown_key")),
            "{odd}: {found:?}"
        );
    }
}

#[test]
fn every_action_id_is_a_string() {
    for sample in samples()
        .iter()
        .filter(|sample| sample.element.get("action_id").is_some())
    {
        let odd = with(sample.element.clone(), "action_id", 7);
        let found = in_modal(at_home(sample, &odd));
        assert!(
            matches!(&found[..], [problem] if problem.rule.ends_with(".action_id.wrong_type")),
            "{odd}: {found:?}"
        );
    }
}

#[test]
fn every_block_refuses_unknown_keys() {
    let blocks = [
        actions(button()),
        context(plain(1)),
        json!({ "type": "divider" }),
        json!({ "type": "header", "text": plain(1) }),
        json!({ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" }),
        input(typed("plain_text_input")),
        json!({ "type": "markdown", "text": "a" }),
        json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [] }] }),
        section_with(button()),
    ];
    for block in blocks {
        assert_eq!(in_message(block.clone()), []);
        let expected = format!("{}.unknown_key", block["type"].as_str().unwrap());
        let found = in_message(with(block, "colour", "red"));
        assert_eq!(rules_of(&found), [expected]);
    }
}
