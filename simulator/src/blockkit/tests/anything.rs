//! The invariant of the module: whatever the JSON, no panic, and every pointer leads somewhere.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::{Problem, check_message, check_options, check_submission_response, check_view};

/// Keys and types that the tables know, so that the walk gets deep.
const WORDS: &[&str] = &[
    "accessory",
    "action_id",
    "actions",
    "attachments",
    "block_id",
    "blocks",
    "button",
    "checkboxes",
    "clear",
    "confirm",
    "context",
    "element",
    "elements",
    "errors",
    "event_payload",
    "event_type",
    "focus_on_load",
    "home",
    "initial_option",
    "initial_options",
    "input",
    "label",
    "markdown",
    "max_length",
    "max_value",
    "metadata",
    "min_length",
    "min_value",
    "modal",
    "mrkdwn",
    "number_input",
    "option_groups",
    "options",
    "plain_text",
    "plain_text_input",
    "push",
    "response_action",
    "rich_text",
    "rich_text_list",
    "rich_text_section",
    "section",
    "static_select",
    "style",
    "text",
    "title",
    "ts",
    "type",
    "update",
    "value",
    "view",
    "a/b~c",
];

fn any_json() -> impl Strategy<Value = Value> {
    let word = || select(WORDS).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, move |inner| {
        let members = prop::collection::vec((word(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            (members, word()).prop_map(|(members, tag)| {
                let mut object: serde_json::Map<String, Value> = members.into_iter().collect();
                object.insert("type".to_owned(), Value::from(tag));
                Value::Object(object)
            }),
        ]
    })
}

fn every_pointer_leads_somewhere(value: &Value, problems: &[Problem]) {
    for problem in problems {
        assert!(
            value.pointer(&problem.pointer).is_some(),
            "{problem:?} in {value}"
        );
    }
}

proptest! {
    #[test]
    fn any_json_is_checked_without_panic_and_every_pointer_leads_somewhere(value in any_json(), other in any_json()) {
        every_pointer_leads_somewhere(&value, &check_message(&value));
        every_pointer_leads_somewhere(&value, &check_view(&value));
        every_pointer_leads_somewhere(&value, &check_options(&value));
        every_pointer_leads_somewhere(&value, &check_submission_response(&value, &other));
        let modal = json!({ "type": "modal", "title": value, "blocks": [value, other] });
        every_pointer_leads_somewhere(&modal, &check_view(&modal));
        for response_action in ["errors", "update", "push", "clear"] {
            let ack = json!({ "response_action": response_action, "errors": value, "view": other });
            every_pointer_leads_somewhere(&ack, &check_submission_response(&ack, &modal));
        }
    }
}
