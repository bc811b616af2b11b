//! Rules of the answers an app gives in an ack.

use serde_json::{Value, json};

use super::super::{check_options, check_submission_response};
use super::*;

fn offers(count: usize) -> Value {
    json!({ "options": options(count) })
}

fn groups(count: usize) -> Value {
    json!({ "option_groups": vec![json!({ "label": plain(5), "options": options(1) }); count] })
}

/// The answer to a modal with the input `reason` and the divider `line`.
fn answers(ack: Value) -> Vec<Problem> {
    let reason = with(input(typed("plain_text_input")), "block_id", "reason");
    let view = modal(json!([reason, { "type": "divider", "block_id": "line" }]));
    check_submission_response(&ack, &view)
}

fn errors(errors: Value) -> Vec<Problem> {
    answers(json!({ "response_action": "errors", "errors": errors }))
}

fn update(view: Value) -> Vec<Problem> {
    answers(json!({ "response_action": "update", "view": view }))
}

rules! {
    suggestions_is_an_object: "suggestions.wrong_type" at "",
        refuses check_options(&json!([])), takes check_options(&offers(1));
    suggestions_options_may_be_empty_but_not_missing: "options_or_option_groups" at "",
        refuses check_options(&json!({})), takes check_options(&offers(0));
    suggestions_options_max_items: "suggestions.options.max_items" at "/options",
        refuses check_options(&offers(101)), takes check_options(&offers(100));
    suggestions_option_groups_max_items: "suggestions.option_groups.max_items" at "/option_groups",
        refuses check_options(&groups(101)), takes check_options(&groups(100));
    suggestions_options_not_beside_groups: "options_or_option_groups" at "",
        refuses check_options(&with(groups(1), "options", options(1))), takes check_options(&groups(1));
    suggestions_option_text_max_length: "option.text.max_length" at "/options/0/text/text",
        refuses check_options(&json!({ "options": [with(option("v"), "text", plain(76))] })), takes check_options(&json!({ "options": [with(option("v"), "text", plain(75))] }));
    suggestions_option_text_is_plain: "option.text.unsupported_type" at "/options/0/text/type",
        refuses check_options(&json!({ "options": [with(option("v"), "text", mrkdwn(5))] })), takes check_options(&offers(1));
    suggestions_option_value_max_length: "option.value.max_length" at "/options/0/value",
        refuses check_options(&json!({ "options": [option(&chars(151))] })), takes check_options(&json!({ "options": [option(&chars(150))] }));
    suggestions_unknown_key: "suggestions.unknown_key" at "",
        refuses check_options(&with(offers(1), "total", 1)), takes check_options(&offers(1));

    submission_response_action_value: "submission.response_action" at "",
        refuses answers(json!({ "response_action": "close" })), takes answers(json!({ "response_action": "clear" }));
    submission_bare_ack_is_taken: "submission.response_action" at "",
        refuses answers(json!({ "ok": true })), takes [answers(Value::Null), answers(json!({}))].concat();
    submission_errors_required: "submission.errors.required" at "",
        refuses answers(json!({ "response_action": "errors" })), takes errors(json!({ "reason": "too short" }));
    submission_errors_not_empty: "submission.errors.wrong_type" at "/errors",
        refuses errors(json!({})), takes errors(json!({ "reason": "too short" }));
    submission_errors_block_id_exists: "submission.errors.block_id" at "/errors/re~1ason",
        refuses errors(json!({ "re/ason": "too short" })), takes errors(json!({ "reason": "too short" }));
    submission_errors_block_is_an_input: "submission.errors.block_id" at "/errors/line",
        refuses errors(json!({ "line": "too short" })), takes errors(json!({ "reason": "too short" }));
    submission_errors_text_is_not_empty: "submission.errors.text" at "/errors/reason",
        refuses errors(json!({ "reason": "" })), takes errors(json!({ "reason": "too short" }));
    submission_view_required: "submission.view.required" at "",
        refuses answers(json!({ "response_action": "push" })), takes answers(json!({ "response_action": "push", "view": modal(json!([])) }));
    submission_view_is_checked: "modal.title.max_length" at "/view/title/text",
        refuses update(with(modal(json!([])), "title", plain(25))), takes update(with(modal(json!([])), "title", plain(24)));
    submission_view_is_a_modal: "submission.view.modal" at "/view",
        refuses update(json!({ "type": "home", "blocks": [] })), takes update(modal(json!([])));
    submission_clear_has_no_view: "submission.unknown_key" at "",
        refuses answers(json!({ "response_action": "clear", "view": modal(json!([])) })), takes answers(json!({ "response_action": "clear" }));
}
