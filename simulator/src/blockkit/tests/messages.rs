//! Rules of a message as a whole.

use serde_json::{Value, json};

use super::*;

fn check(message: Value) -> Vec<Problem> {
    check_message(&message)
}

fn of_blocks(blocks: Value) -> Vec<Problem> {
    check(json!({ "text": "fallback", "blocks": blocks }))
}

fn dividers(count: usize) -> Value {
    json!(vec![json!({ "type": "divider" }); count])
}

fn two_blocks(first: &str, second: &str) -> Value {
    json!([{ "type": "divider", "block_id": first }, { "type": "divider", "block_id": second }])
}

fn two_buttons(first: &str, second: &str) -> Value {
    let elements = [
        with(button(), "action_id", first),
        with(button(), "action_id", second),
    ];
    json!([{ "type": "actions", "elements": elements }])
}

fn with_payload(payload: Value) -> Vec<Problem> {
    check(json!({ "text": "a", "metadata": { "event_type": "apono_card", "event_payload": payload } }))
}

fn with_metadata(metadata: Value) -> Vec<Problem> {
    check(json!({ "text": "a", "metadata": metadata }))
}

rules! {
    message_is_an_object: "message.wrong_type" at "",
        refuses check(json!([])), takes check(json!({ "text": "a" }));
    message_unknown_key: "message.unknown_key" at "",
        refuses check(json!({ "text": "a", "colour": "red" })), takes check(json!({ "text": "a", "channel": "C1", "thread_ts": "1.2" }));
    message_no_text: "message.no_text" at "",
        refuses check(json!({ "channel": "C1", "text": "", "blocks": [] })), takes check(json!({ "channel": "C1", "blocks": dividers(1) }));
    message_that_deletes_needs_no_text: "message.no_text" at "",
        refuses check(json!({ "delete_original": false })), takes check(json!({ "delete_original": true }));
    message_text_max_length: "message.text.max_length" at "/text",
        refuses check(json!({ "text": chars(40_001) })), takes check(json!({ "text": chars(40_000) }));
    message_text_max_length_in_update: "message.text.max_length_in_update" at "/text",
        refuses check(json!({ "ts": "1.2", "text": chars(4001) })), takes check(json!({ "ts": "1.2", "text": chars(4000) }));
    message_text_is_a_string: "message.text.wrong_type" at "/text",
        refuses check(json!({ "text": 5, "blocks": dividers(1) })), takes check(json!({ "text": "5", "blocks": dividers(1) }));
    message_markdown_text_conflict: "message.markdown_text.conflict" at "/markdown_text",
        refuses check(json!({ "markdown_text": "a", "text": "a" })), takes check(json!({ "markdown_text": "a" }));
    message_markdown_text_max_length: "message.markdown_text.max_length" at "/markdown_text",
        refuses check(json!({ "markdown_text": chars(12_001) })), takes check(json!({ "markdown_text": chars(12_000) }));
    message_response_type_value: "message.response_type.value" at "/response_type",
        refuses check(json!({ "text": "a", "response_type": "private" })), takes check(json!({ "text": "a", "response_type": "ephemeral" }));
    message_blocks_max_items: "message.blocks.max_items" at "/blocks",
        refuses of_blocks(dividers(51)), takes of_blocks(dividers(50));
    message_blocks_are_not_a_string_of_json: "message.blocks.wrong_type" at "/blocks",
        refuses of_blocks(json!("[]")), takes of_blocks(json!([]));
    message_block_id_duplicate: "block_id.duplicate" at "/blocks/1/block_id",
        refuses of_blocks(two_blocks("a", "a")), takes of_blocks(two_blocks("a", "b"));
    message_action_id_duplicate: "action_id.duplicate" at "/blocks/0/elements/1/action_id",
        refuses of_blocks(two_buttons("a", "a")), takes of_blocks(two_buttons("a", "b"));

    metadata_event_type_required: "metadata.event_type.required" at "/metadata",
        refuses with_metadata(json!({ "event_payload": {} })), takes with_metadata(json!({ "event_type": "card", "event_payload": {} }));
    metadata_event_payload_required: "metadata.event_payload.required" at "/metadata",
        refuses with_metadata(json!({ "event_type": "card" })), takes with_metadata(json!({ "event_type": "card", "event_payload": {} }));
    metadata_unknown_key: "metadata.unknown_key" at "/metadata",
        refuses with_metadata(json!({ "event_type": "card", "event_payload": {}, "version": 1 })),
        takes with_metadata(json!({ "event_type": "card", "event_payload": { "version": 1 } }));
    metadata_event_payload_is_an_object: "metadata.event_payload.wrong_type" at "/metadata/event_payload",
        refuses with_payload(json!("AR-7")), takes with_payload(json!({ "request": "AR-7" }));
    metadata_event_payload_has_no_null: "metadata.event_payload.value" at "/metadata/event_payload/seq",
        refuses with_payload(json!({ "seq": null })), takes with_payload(json!({ "seq": 7, "head": "9f", "live": true, "more": {} }));
    metadata_event_payload_arrays_hold_objects: "metadata.event_payload.value" at "/metadata/event_payload/seqs",
        refuses with_payload(json!({ "seqs": [1, 2] })), takes with_payload(json!({ "seqs": [{ "seq": 1 }] }));

    attachments_max_items: "message.attachments.max_items" at "/attachments",
        refuses check(json!({ "attachments": vec![json!({ "text": "a" }); 101] })), takes check(json!({ "attachments": vec![json!({ "text": "a" }); 100] }));
    attachment_unknown_key: "attachment.unknown_key" at "/attachments/0",
        refuses check(json!({ "attachments": [{ "body": "a" }] })), takes check(json!({ "attachments": [{ "color": "#439FE0", "blocks": dividers(1) }] }));
    attachment_blocks_are_checked: "attachment.blocks.max_items" at "/attachments/0/blocks",
        refuses check(json!({ "attachments": [{ "blocks": dividers(51) }] })), takes check(json!({ "attachments": [{ "blocks": dividers(50) }] }));
    attachment_block_id_duplicate: "block_id.duplicate" at "/attachments/0/blocks/1/block_id",
        refuses check(json!({ "attachments": [{ "blocks": two_blocks("a", "a") }] })), takes check(json!({ "attachments": [{ "blocks": two_blocks("a", "b") }] }));
}

#[test]
fn problems_read_as_slack_words_them() {
    let message = json!({
        "blocks": [
            { "type": "section", "text": mrkdwn(0), "accessory": { "type": "slider" } },
            { "type": "header", "text": with(plain(151), "font", "bold") },
            { "type": "actions", "elements": [without(button(), "text")] },
        ],
    });
    let lines: Vec<String> = check_message(&message).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    [ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]
    [ERROR] unsupported type: slider [json-pointer:/blocks/0/accessory/type]
    [ERROR] invalid additional property: font [json-pointer:/blocks/1/text]
    [ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]
    [ERROR] missing required field: text [json-pointer:/blocks/2/elements/0]
    ");
}
