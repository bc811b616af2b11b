//! Rules of a view as a whole.

use serde_json::{Value, json};

use super::*;

fn check(view: Value) -> Vec<Problem> {
    check_view(&view)
}

fn empty() -> Value {
    modal(json!([]))
}

fn home() -> Value {
    json!({ "type": "home", "blocks": [] })
}

fn dividers(count: usize) -> Value {
    json!(vec![json!({ "type": "divider" }); count])
}

/// Some 3,000 bytes of JSON.
fn long_section() -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": "a".repeat(2900) } })
}

fn two_inputs(first: Value, second: Value) -> Value {
    modal(json!([input(first), input(second)]))
}

rules! {
    view_is_an_object: "view.wrong_type" at "",
        refuses check(json!("{}")), takes check(empty());
    view_type_required: "view.unsupported_type" at "",
        refuses check(without(empty(), "type")), takes check(empty());
    view_type_value: "view.unsupported_type" at "/type",
        refuses check(with(empty(), "type", "dialog")), takes check(home());
    view_size: "view.size" at "",
        refuses check(modal(json!(vec![long_section(); 90]))), takes check(modal(json!(vec![long_section(); 80])));

    modal_unknown_key: "modal.unknown_key" at "",
        refuses check(with(empty(), "submit_disabled", true)), takes check(with(empty(), "notify_on_close", true));
    modal_keys_of_a_stored_view_are_refused: "modal.unknown_key" at "",
        refuses check(with(empty(), "hash", "1.a")), takes check(empty());
    modal_title_required: "modal.title.required" at "",
        refuses check(without(empty(), "title")), takes check(empty());
    modal_title_min_length: "modal.title.min_length" at "/title/text",
        refuses check(with(empty(), "title", plain(0))), takes check(with(empty(), "title", plain(1)));
    modal_title_max_length: "modal.title.max_length" at "/title/text",
        refuses check(with(empty(), "title", plain(25))), takes check(with(empty(), "title", plain(24)));
    modal_title_is_plain: "modal.title.unsupported_type" at "/title/type",
        refuses check(with(empty(), "title", mrkdwn(5))), takes check(with(empty(), "title", plain(5)));
    modal_submit_max_length: "modal.submit.max_length" at "/submit/text",
        refuses check(with(empty(), "submit", plain(25))), takes check(with(empty(), "submit", plain(24)));
    modal_close_max_length: "modal.close.max_length" at "/close/text",
        refuses check(with(empty(), "close", plain(25))), takes check(with(empty(), "close", plain(24)));
    modal_submit_required_with_inputs: "modal.submit.required_with_inputs" at "",
        refuses check(without(modal(json!([input(typed("plain_text_input"))])), "submit")), takes check(without(empty(), "submit"));
    modal_blocks_required: "modal.blocks.required" at "",
        refuses check(without(empty(), "blocks")), takes check(empty());
    modal_blocks_max_items: "modal.blocks.max_items" at "/blocks",
        refuses check(modal(dividers(101))), takes check(modal(dividers(100)));
    modal_private_metadata_max_length: "modal.private_metadata.max_length" at "/private_metadata",
        refuses check(with(empty(), "private_metadata", chars(3001))), takes check(with(empty(), "private_metadata", chars(3000)));
    modal_callback_id_max_length: "modal.callback_id.max_length" at "/callback_id",
        refuses check(with(empty(), "callback_id", chars(256))), takes check(with(empty(), "callback_id", chars(255)));
    modal_callback_id_may_be_empty: "modal.callback_id.wrong_type" at "/callback_id",
        refuses check(with(empty(), "callback_id", 5)), takes check(with(empty(), "callback_id", ""));
    modal_external_id_max_length: "modal.external_id.max_length" at "/external_id",
        refuses check(with(empty(), "external_id", chars(256))), takes check(with(empty(), "external_id", chars(255)));
    modal_clear_on_close_is_a_boolean: "modal.clear_on_close.wrong_type" at "/clear_on_close",
        refuses check(with(empty(), "clear_on_close", "no")), takes check(with(empty(), "clear_on_close", false));
    modal_block_id_duplicate: "block_id.duplicate" at "/blocks/2/block_id",
        refuses check(modal(json!([{ "type": "divider", "block_id": "a" }, { "type": "divider" }, { "type": "divider", "block_id": "a" }]))),
        takes check(modal(json!([{ "type": "divider", "block_id": "a" }, { "type": "divider" }, { "type": "divider" }])));
    modal_focus_on_load_once_and_action_id_may_repeat_in_another_block: "focus_on_load.once" at "/blocks/1/element/focus_on_load",
        refuses check(two_inputs(with(typed("plain_text_input"), "focus_on_load", true), with(typed("plain_text_input"), "focus_on_load", true))),
        takes check(two_inputs(with(typed("plain_text_input"), "focus_on_load", true), with(typed("plain_text_input"), "focus_on_load", false)));

    home_has_no_title: "home.unknown_key" at "",
        refuses check(with(home(), "title", plain(5))), takes check(with(home(), "callback_id", "home"));
    home_blocks_max_items: "home.blocks.max_items" at "/blocks",
        refuses check(with(home(), "blocks", dividers(101))), takes check(with(home(), "blocks", dividers(100)));
    home_private_metadata_max_length: "home.private_metadata.max_length" at "/private_metadata",
        refuses check(with(home(), "private_metadata", chars(3001))), takes check(with(home(), "private_metadata", chars(3000)));
}
