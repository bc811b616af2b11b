//! Rules of text objects, options, confirmation dialogs and the other small objects.

use serde_json::{Value, json};

use super::*;

fn text_in_context(text: Value) -> Vec<Problem> {
    in_message(context(text))
}

fn offers(option: Value) -> Vec<Problem> {
    in_message(actions(json!({ "type": "static_select", "options": [option] })))
}

fn overflows(option: Value) -> Vec<Problem> {
    in_message(actions(json!({ "type": "overflow", "options": [option] })))
}

fn checks(option: Value) -> Vec<Problem> {
    in_message(actions(json!({ "type": "checkboxes", "options": [option] })))
}

fn groups(group: Value) -> Vec<Problem> {
    in_message(actions(
        json!({ "type": "static_select", "option_groups": [group] }),
    ))
}

fn group() -> Value {
    json!({ "label": plain(5), "options": options(1) })
}

fn asks(confirm: Value) -> Vec<Problem> {
    in_message(actions(with(button(), "confirm", confirm)))
}

fn confirm() -> Value {
    json!({ "title": plain(5), "text": plain(5), "confirm": plain(3), "deny": plain(2) })
}

fn dispatches(on: Value) -> Vec<Problem> {
    let element = with(
        typed("plain_text_input"),
        "dispatch_action_config",
        json!({ "trigger_actions_on": on }),
    );
    in_modal(input(element))
}

fn filters(filter: Value) -> Vec<Problem> {
    in_modal(input(with(typed("conversations_select"), "filter", filter)))
}

fn shows_file(file: Value) -> Vec<Problem> {
    in_message(json!({ "type": "image", "alt_text": "a", "slack_file": file }))
}

rules! {
    text_required: "plain_text.text.required" at "/blocks/0/elements/0",
        refuses text_in_context(json!({ "type": "plain_text" })), takes text_in_context(plain(1));
    text_is_a_string: "context.elements.wrong_type" at "/blocks/0/elements/0/text",
        refuses text_in_context(json!({ "type": "plain_text", "text": 5 })), takes text_in_context(plain(1));
    text_has_no_third_kind: "context.elements.unsupported_type" at "/blocks/0/elements/0/type",
        refuses text_in_context(json!({ "type": "markdown", "text": "a" })), takes text_in_context(mrkdwn(1));
    plain_text_has_no_verbatim: "plain_text.unknown_key" at "/blocks/0/elements/0",
        refuses text_in_context(with(plain(1), "verbatim", true)), takes text_in_context(with(plain(1), "emoji", true));
    mrkdwn_has_no_emoji: "mrkdwn.unknown_key" at "/blocks/0/elements/0",
        refuses text_in_context(with(mrkdwn(1), "emoji", true)), takes text_in_context(with(mrkdwn(1), "verbatim", true));
    emoji_is_a_boolean: "plain_text.emoji.wrong_type" at "/blocks/0/elements/0/emoji",
        refuses text_in_context(with(plain(1), "emoji", "yes")), takes text_in_context(with(plain(1), "emoji", false));

    option_text_min_length: "option.text.min_length" at "/blocks/0/elements/0/options/0/text/text",
        refuses offers(with(option("v"), "text", plain(0))), takes offers(with(option("v"), "text", plain(1)));
    option_text_max_length: "option.text.max_length" at "/blocks/0/elements/0/options/0/text/text",
        refuses offers(with(option("v"), "text", plain(76))), takes offers(with(option("v"), "text", plain(75)));
    option_text_is_plain_in_menus: "option.text.unsupported_type" at "/blocks/0/elements/0/options/0/text/type",
        refuses offers(with(option("v"), "text", mrkdwn(5))), takes checks(with(option("v"), "text", mrkdwn(5)));
    option_value_required: "option.value.required" at "/blocks/0/elements/0/options/0",
        refuses offers(without(option("v"), "value")), takes offers(option("v"));
    option_value_min_length: "option.value.min_length" at "/blocks/0/elements/0/options/0/value",
        refuses offers(option("")), takes offers(option("v"));
    option_value_max_length: "option.value.max_length" at "/blocks/0/elements/0/options/0/value",
        refuses offers(option(&chars(151))), takes offers(option(&chars(150)));
    option_description_max_length: "option.description.max_length" at "/blocks/0/elements/0/options/0/description/text",
        refuses offers(with(option("v"), "description", plain(76))), takes offers(with(option("v"), "description", plain(75)));
    option_url_only_in_overflow: "option.unknown_key" at "/blocks/0/elements/0/options/0",
        refuses offers(with(option("v"), "url", "https://example.com")), takes overflows(with(option("v"), "url", "https://example.com"));
    option_url_max_length: "option.url.max_length" at "/blocks/0/elements/0/options/0/url",
        refuses overflows(with(option("v"), "url", chars(3001))), takes overflows(with(option("v"), "url", chars(3000)));

    option_group_label_required: "option_group.label.required" at "/blocks/0/elements/0/option_groups/0",
        refuses groups(without(group(), "label")), takes groups(group());
    option_group_label_max_length: "option_group.label.max_length" at "/blocks/0/elements/0/option_groups/0/label/text",
        refuses groups(with(group(), "label", plain(76))), takes groups(with(group(), "label", plain(75)));
    option_group_options_min_items: "option_group.options.min_items" at "/blocks/0/elements/0/option_groups/0/options",
        refuses groups(with(group(), "options", options(0))), takes groups(group());
    option_group_options_max_items: "option_group.options.max_items" at "/blocks/0/elements/0/option_groups/0/options",
        refuses groups(with(group(), "options", options(101))), takes groups(with(group(), "options", options(100)));

    confirm_title_required: "confirm.title.required" at "/blocks/0/elements/0/confirm",
        refuses asks(without(confirm(), "title")), takes asks(confirm());
    confirm_title_max_length: "confirm.title.max_length" at "/blocks/0/elements/0/confirm/title/text",
        refuses asks(with(confirm(), "title", plain(101))), takes asks(with(confirm(), "title", plain(100)));
    confirm_text_max_length: "confirm.text.max_length" at "/blocks/0/elements/0/confirm/text/text",
        refuses asks(with(confirm(), "text", plain(301))), takes asks(with(confirm(), "text", plain(300)));
    confirm_confirm_max_length: "confirm.confirm.max_length" at "/blocks/0/elements/0/confirm/confirm/text",
        refuses asks(with(confirm(), "confirm", plain(31))), takes asks(with(confirm(), "confirm", plain(30)));
    confirm_deny_max_length: "confirm.deny.max_length" at "/blocks/0/elements/0/confirm/deny/text",
        refuses asks(with(confirm(), "deny", plain(31))), takes asks(with(confirm(), "deny", plain(30)));
    confirm_style_value: "confirm.style.value" at "/blocks/0/elements/0/confirm/style",
        refuses asks(with(confirm(), "style", "default")), takes asks(with(confirm(), "style", "danger"));

    dispatch_action_config_trigger_actions_on_min_items: "dispatch_action_config.trigger_actions_on.min_items" at "/blocks/0/element/dispatch_action_config/trigger_actions_on",
        refuses dispatches(json!([])), takes dispatches(json!(["on_enter_pressed"]));
    dispatch_action_config_trigger_actions_on_value: "dispatch_action_config.trigger_actions_on.value" at "/blocks/0/element/dispatch_action_config/trigger_actions_on/0",
        refuses dispatches(json!(["on_blur"])), takes dispatches(json!(["on_character_entered"]));

    filter_empty: "filter.empty" at "/blocks/0/element/filter",
        refuses filters(json!({})), takes filters(json!({ "exclude_bot_users": true }));
    filter_include_value: "filter.include.value" at "/blocks/0/element/filter/include/0",
        refuses filters(json!({ "include": ["dm"] })), takes filters(json!({ "include": ["im", "private"] }));
    filter_include_min_items: "filter.include.min_items" at "/blocks/0/element/filter/include",
        refuses filters(json!({ "include": [] })), takes filters(json!({ "include": ["public"] }));

    slack_file_id_or_url: "slack_file.id_or_url" at "/blocks/0/slack_file",
        refuses shows_file(json!({})), takes shows_file(json!({ "url": "https://example.slack.com/files/1" }));
    slack_file_not_id_and_url: "slack_file.id_or_url" at "/blocks/0/slack_file",
        refuses shows_file(json!({ "id": "F1", "url": "https://example.slack.com/files/1" })), takes shows_file(json!({ "id": "F1" }));
}
