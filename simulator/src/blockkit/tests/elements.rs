//! Rules of buttons, choices, pickers and fields.

use serde_json::{Value, json};

use super::*;

fn act(element: Value) -> Vec<Problem> {
    in_message(actions(element))
}

fn fill(element: Value) -> Vec<Problem> {
    in_modal(input(element))
}

fn overflow(count: usize) -> Value {
    json!({ "type": "overflow", "options": options(count) })
}

fn checkboxes(count: usize) -> Value {
    json!({ "type": "checkboxes", "options": options(count) })
}

fn radio(count: usize) -> Value {
    json!({ "type": "radio_buttons", "options": options(count) })
}

fn number() -> Value {
    json!({ "type": "number_input", "is_decimal_allowed": false })
}

fn files() -> Value {
    json!({ "type": "file_input" })
}

fn line() -> Value {
    typed("plain_text_input")
}

rules! {
    action_id_min_length: "button.action_id.min_length" at "/blocks/0/elements/0/action_id",
        refuses act(with(button(), "action_id", "")), takes act(without(button(), "action_id"));
    action_id_max_length: "button.action_id.max_length" at "/blocks/0/elements/0/action_id",
        refuses act(with(button(), "action_id", chars(256))), takes act(with(button(), "action_id", chars(255)));
    button_text_required: "button.text.required" at "/blocks/0/elements/0",
        refuses act(without(button(), "text")), takes act(button());
    button_text_min_length: "button.text.min_length" at "/blocks/0/elements/0/text/text",
        refuses act(with(button(), "text", plain(0))), takes act(with(button(), "text", plain(1)));
    button_text_max_length: "button.text.max_length" at "/blocks/0/elements/0/text/text",
        refuses act(with(button(), "text", plain(76))), takes act(with(button(), "text", plain(75)));
    button_text_is_plain: "button.text.unsupported_type" at "/blocks/0/elements/0/text/type",
        refuses act(with(button(), "text", mrkdwn(5))), takes act(with(button(), "text", plain(5)));
    button_value_max_length: "button.value.max_length" at "/blocks/0/elements/0/value",
        refuses act(with(button(), "value", chars(2001))), takes act(with(button(), "value", chars(2000)));
    button_url_max_length: "button.url.max_length" at "/blocks/0/elements/0/url",
        refuses act(with(button(), "url", chars(3001))), takes act(with(button(), "url", chars(3000)));
    button_style_value: "button.style.value" at "/blocks/0/elements/0/style",
        refuses act(with(button(), "style", "secondary")), takes act(with(button(), "style", "primary"));
    button_accessibility_label_max_length: "button.accessibility_label.max_length" at "/blocks/0/elements/0/accessibility_label",
        refuses act(with(button(), "accessibility_label", chars(76))), takes act(with(button(), "accessibility_label", chars(75)));

    overflow_options_min_items: "overflow.options.min_items" at "/blocks/0/elements/0/options",
        refuses act(overflow(0)), takes act(overflow(1));
    overflow_options_max_items: "overflow.options.max_items" at "/blocks/0/elements/0/options",
        refuses act(overflow(6)), takes act(overflow(5));
    checkboxes_options_required: "checkboxes.options.required" at "/blocks/0/elements/0",
        refuses act(typed("checkboxes")), takes act(checkboxes(1));
    checkboxes_options_min_items: "checkboxes.options.min_items" at "/blocks/0/elements/0/options",
        refuses act(checkboxes(0)), takes act(checkboxes(1));
    checkboxes_options_max_items: "checkboxes.options.max_items" at "/blocks/0/elements/0/options",
        refuses act(checkboxes(11)), takes act(checkboxes(10));
    checkboxes_initial_options_min_items: "checkboxes.initial_options.min_items" at "/blocks/0/elements/0/initial_options",
        refuses act(with(checkboxes(2), "initial_options", options(0))), takes act(with(checkboxes(2), "initial_options", options(2)));
    checkboxes_initial_options_are_offered: "initial_option.not_offered" at "/blocks/0/elements/0/initial_options/2",
        refuses act(with(checkboxes(2), "initial_options", options(3))), takes act(with(checkboxes(2), "initial_options", options(2)));
    radio_buttons_options_max_items: "radio_buttons.options.max_items" at "/blocks/0/elements/0/options",
        refuses act(radio(11)), takes act(radio(10));
    radio_buttons_initial_option_is_offered: "initial_option.not_offered" at "/blocks/0/elements/0/initial_option",
        refuses act(with(radio(2), "initial_option", option("v2"))), takes act(with(radio(2), "initial_option", option("v1")));

    datepicker_initial_date_value: "datepicker.initial_date.value" at "/blocks/0/elements/0/initial_date",
        refuses act(with(typed("datepicker"), "initial_date", "2026-13-01")), takes act(with(typed("datepicker"), "initial_date", "2026-12-01"));
    timepicker_initial_time_value: "timepicker.initial_time.value" at "/blocks/0/elements/0/initial_time",
        refuses act(with(typed("timepicker"), "initial_time", "24:00")), takes act(with(typed("timepicker"), "initial_time", "23:59"));
    datetimepicker_initial_date_time_range: "datetimepicker.initial_date_time.range" at "/blocks/0/elements/0/initial_date_time",
        refuses act(with(typed("datetimepicker"), "initial_date_time", 999_999_999)), takes act(with(typed("datetimepicker"), "initial_date_time", 1_628_633_820));
    datetimepicker_not_in_sections: "section.accessory.unsupported_type" at "/blocks/0/accessory/type",
        refuses in_message(section_with(typed("datetimepicker"))), takes act(typed("datetimepicker"));

    plain_text_input_initial_value_max_length: "plain_text_input.initial_value.max_length" at "/blocks/0/element/initial_value",
        refuses fill(with(line(), "initial_value", chars(3001))), takes fill(with(line(), "initial_value", chars(3000)));
    plain_text_input_max_length_range: "plain_text_input.max_length.range" at "/blocks/0/element/max_length",
        refuses fill(with(line(), "max_length", 3001)), takes fill(with(line(), "max_length", 3000));
    plain_text_input_max_length_is_not_zero: "plain_text_input.max_length.range" at "/blocks/0/element/max_length",
        refuses fill(with(line(), "max_length", 0)), takes fill(with(line(), "max_length", 1));
    plain_text_input_max_length_is_an_integer: "plain_text_input.max_length.wrong_type" at "/blocks/0/element/max_length",
        refuses fill(with(line(), "max_length", "10")), takes fill(with(line(), "max_length", 10));
    plain_text_input_min_length_range: "plain_text_input.min_length.range" at "/blocks/0/element/min_length",
        refuses fill(with(line(), "min_length", 3001)), takes fill(with(line(), "min_length", 3000));
    plain_text_input_min_length_above_max_length: "plain_text_input.min_length.above_max_length" at "/blocks/0/element/min_length",
        refuses fill(with(with(line(), "min_length", 6), "max_length", 5)), takes fill(with(with(line(), "min_length", 5), "max_length", 5));
    placeholder_max_length: "plain_text_input.placeholder.max_length" at "/blocks/0/element/placeholder/text",
        refuses fill(with(line(), "placeholder", plain(151))), takes fill(with(line(), "placeholder", plain(150)));

    number_input_is_decimal_allowed_required: "number_input.is_decimal_allowed.required" at "/blocks/0/element",
        refuses fill(typed("number_input")), takes fill(number());
    number_input_initial_value_value: "number_input.initial_value.value" at "/blocks/0/element/initial_value",
        refuses fill(with(number(), "initial_value", "ten")), takes fill(with(number(), "initial_value", "-10"));
    number_input_values_are_strings: "number_input.min_value.wrong_type" at "/blocks/0/element/min_value",
        refuses fill(with(number(), "min_value", 5)), takes fill(with(number(), "min_value", "5"));
    number_input_min_value_above_max_value: "number_input.min_value.above_max_value" at "/blocks/0/element/min_value",
        refuses fill(with(with(number(), "min_value", "10"), "max_value", "9.5")), takes fill(with(with(number(), "min_value", "9"), "max_value", "10"));
    rich_text_input_initial_value_is_a_rich_text_block: "rich_text_input.initial_value.unsupported_type" at "/blocks/0/element/initial_value/type",
        refuses fill(with(typed("rich_text_input"), "initial_value", plain(1))),
        takes fill(with(typed("rich_text_input"), "initial_value", json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [] }] })));
    file_input_max_files_range: "file_input.max_files.range" at "/blocks/0/element/max_files",
        refuses fill(with(files(), "max_files", 11)), takes fill(with(files(), "max_files", 10));
    image_element_source: "image.source" at "/blocks/0/elements/0",
        refuses in_message(context(json!({ "type": "image", "alt_text": "a" }))),
        takes in_message(context(json!({ "type": "image", "alt_text": "a", "image_url": "https://example.com/a.png" })));
}
