//! Rules of the blocks themselves.

use serde_json::{Value, json};

use super::*;

fn section() -> Value {
    json!({ "type": "section", "text": mrkdwn(9) })
}

fn fields(count: usize, length: usize) -> Value {
    json!({ "type": "section", "fields": vec![mrkdwn(length); count] })
}

fn image() -> Value {
    json!({ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" })
}

fn header(text: Value) -> Value {
    json!({ "type": "header", "text": text })
}

fn field() -> Value {
    input(typed("plain_text_input"))
}

fn markdown(length: usize) -> Value {
    json!({ "type": "markdown", "text": chars(length) })
}

rules! {
    block_id_min_length: "section.block_id.min_length" at "/blocks/0/block_id",
        refuses in_message(with(section(), "block_id", "")), takes in_message(with(section(), "block_id", "b"));
    block_id_max_length: "section.block_id.max_length" at "/blocks/0/block_id",
        refuses in_message(with(section(), "block_id", chars(256))), takes in_message(with(section(), "block_id", chars(255)));
    unknown_block_type: "message.blocks.unsupported_type" at "/blocks/0/type",
        refuses in_message(json!({ "type": "carousel" })), takes in_message(json!({ "type": "divider" }));
    block_without_type: "message.blocks.unsupported_type" at "/blocks/0",
        refuses in_message(json!({})), takes in_message(json!({ "type": "divider" }));
    block_is_an_object: "message.blocks.wrong_type" at "/blocks/0",
        refuses in_message(json!("divider")), takes in_message(json!({ "type": "divider" }));

    section_text_or_fields: "section.text_or_fields" at "/blocks/0",
        refuses in_message(json!({ "type": "section" })), takes in_message(section());
    section_text_min_length: "section.text.min_length" at "/blocks/0/text/text",
        refuses in_message(with(section(), "text", mrkdwn(0))), takes in_message(with(section(), "text", mrkdwn(1)));
    section_text_max_length: "section.text.max_length" at "/blocks/0/text/text",
        refuses in_message(with(section(), "text", mrkdwn(3001))), takes in_message(with(section(), "text", mrkdwn(3000)));
    section_text_is_an_object: "section.text.wrong_type" at "/blocks/0/text",
        refuses in_message(with(section(), "text", "hello")), takes in_message(with(section(), "text", plain(5)));
    section_text_is_not_null: "section.text.wrong_type" at "/blocks/0/text",
        refuses in_message(with(section(), "text", Value::Null)), takes in_message(section());
    section_fields_min_items: "section.fields.min_items" at "/blocks/0/fields",
        refuses in_message(fields(0, 1)), takes in_message(fields(1, 1));
    section_fields_max_items: "section.fields.max_items" at "/blocks/0/fields",
        refuses in_message(fields(11, 1)), takes in_message(fields(10, 1));
    section_fields_max_length: "section.fields.max_length" at "/blocks/0/fields/0/text",
        refuses in_message(fields(1, 2001)), takes in_message(fields(1, 2000));
    section_accessory_unsupported_type: "section.accessory.unsupported_type" at "/blocks/0/accessory/type",
        refuses in_message(section_with(typed("plain_text_input"))), takes in_message(section_with(button()));
    section_expand_is_a_boolean: "section.expand.wrong_type" at "/blocks/0/expand",
        refuses in_message(with(section(), "expand", "yes")), takes in_message(with(section(), "expand", true));

    header_text_max_length: "header.text.max_length" at "/blocks/0/text/text",
        refuses in_message(header(plain(151))), takes in_message(header(plain(150)));
    header_text_is_plain: "header.text.unsupported_type" at "/blocks/0/text/type",
        refuses in_message(header(mrkdwn(3))), takes in_message(header(plain(3)));
    header_text_required: "header.text.required" at "/blocks/0",
        refuses in_message(json!({ "type": "header" })), takes in_message(header(plain(3)));

    context_elements_min_items: "context.elements.min_items" at "/blocks/0/elements",
        refuses in_message(json!({ "type": "context", "elements": [] })), takes in_message(context(mrkdwn(1)));
    context_elements_max_items: "context.elements.max_items" at "/blocks/0/elements",
        refuses in_message(json!({ "type": "context", "elements": vec![plain(1); 11] })),
        takes in_message(json!({ "type": "context", "elements": vec![plain(1); 10] }));
    context_elements_max_length: "context.elements.max_length" at "/blocks/0/elements/0/text",
        refuses in_message(context(plain(3001))), takes in_message(context(plain(3000)));
    context_takes_no_button: "context.elements.unsupported_type" at "/blocks/0/elements/0/type",
        refuses in_message(context(button())), takes in_message(context(image()));

    actions_elements_min_items: "actions.elements.min_items" at "/blocks/0/elements",
        refuses in_message(json!({ "type": "actions", "elements": [] })), takes in_message(actions(button()));
    actions_elements_max_items: "actions.elements.max_items" at "/blocks/0/elements",
        refuses in_message(json!({ "type": "actions", "elements": vec![without(button(), "action_id"); 26] })),
        takes in_message(json!({ "type": "actions", "elements": vec![without(button(), "action_id"); 25] }));
    actions_take_no_text_field: "actions.elements.unsupported_type" at "/blocks/0/elements/0/type",
        refuses in_message(actions(typed("plain_text_input"))), takes in_message(input(typed("plain_text_input")));
    actions_take_no_unknown_element: "actions.elements.unsupported_type" at "/blocks/0/elements/0/type",
        refuses in_message(actions(typed("slider"))), takes in_message(actions(button()));

    input_label_required: "input.label.required" at "/blocks/0",
        refuses in_modal(without(field(), "label")), takes in_modal(field());
    input_label_max_length: "input.label.max_length" at "/blocks/0/label/text",
        refuses in_modal(with(field(), "label", plain(2001))), takes in_modal(with(field(), "label", plain(2000)));
    input_label_is_plain: "input.label.unsupported_type" at "/blocks/0/label/type",
        refuses in_modal(with(field(), "label", mrkdwn(5))), takes in_modal(with(field(), "label", plain(5)));
    input_hint_max_length: "input.hint.max_length" at "/blocks/0/hint/text",
        refuses in_modal(with(field(), "hint", plain(2001))), takes in_modal(with(field(), "hint", plain(2000)));
    input_element_required: "input.element.required" at "/blocks/0",
        refuses in_modal(without(field(), "element")), takes in_modal(field());
    input_takes_no_button: "input.element.unsupported_type" at "/blocks/0/element/type",
        refuses in_modal(input(button())), takes in_modal(field());
    input_optional_is_a_boolean: "input.optional.wrong_type" at "/blocks/0/optional",
        refuses in_modal(with(field(), "optional", 1)), takes in_modal(with(field(), "optional", true));
    input_dispatch_action_is_a_boolean: "input.dispatch_action.wrong_type" at "/blocks/0/dispatch_action",
        refuses in_modal(with(field(), "dispatch_action", "true")), takes in_modal(with(field(), "dispatch_action", true));

    image_source_required: "image.source" at "/blocks/0",
        refuses in_message(without(image(), "image_url")), takes in_message(image());
    image_has_only_one_source: "image.source" at "/blocks/0",
        refuses in_message(with(image(), "slack_file", json!({ "id": "F1" }))),
        takes in_message(without(with(image(), "slack_file", json!({ "id": "F1" })), "image_url"));
    image_url_max_length: "image.image_url.max_length" at "/blocks/0/image_url",
        refuses in_message(with(image(), "image_url", chars(3001))), takes in_message(with(image(), "image_url", chars(3000)));
    image_alt_text_required: "image.alt_text.required" at "/blocks/0",
        refuses in_message(without(image(), "alt_text")), takes in_message(image());
    image_alt_text_max_length: "image.alt_text.max_length" at "/blocks/0/alt_text",
        refuses in_message(with(image(), "alt_text", chars(2001))), takes in_message(with(image(), "alt_text", chars(2000)));
    image_title_max_length: "image.title.max_length" at "/blocks/0/title/text",
        refuses in_message(with(image(), "title", plain(2001))), takes in_message(with(image(), "title", plain(2000)));

    markdown_text_min_length: "markdown.text.min_length" at "/blocks/0/text",
        refuses in_message(markdown(0)), takes in_message(markdown(1));
    markdown_text_max_length_of_all_together: "markdown.text.max_length" at "/blocks",
        refuses check_message(&json!({ "blocks": [markdown(6000), markdown(6001)] })),
        takes check_message(&json!({ "blocks": [markdown(6000), markdown(6000)] }));
    markdown_only_in_messages: "markdown.surface" at "/blocks/0",
        refuses in_modal(markdown(1)), takes in_message(markdown(1));
}
