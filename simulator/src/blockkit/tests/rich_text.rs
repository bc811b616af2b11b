//! Rules of rich text.

use serde_json::{Value, json};

use super::*;

fn block(part: Value) -> Vec<Problem> {
    in_message(json!({ "type": "rich_text", "elements": [part] }))
}

fn line(element: Value) -> Vec<Problem> {
    block(json!({ "type": "rich_text_section", "elements": [element] }))
}

fn preformatted(element: Value) -> Vec<Problem> {
    block(json!({ "type": "rich_text_preformatted", "elements": [element] }))
}

fn list() -> Value {
    json!({ "type": "rich_text_list", "style": "bullet", "elements": [{ "type": "rich_text_section", "elements": [text("item")] }] })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn styled(style: Value) -> Value {
    with(text("word"), "style", style)
}

fn user() -> Value {
    json!({ "type": "user", "user_id": "U0DANA" })
}

fn date() -> Value {
    json!({ "type": "date", "timestamp": 1_764_000_000, "format": "{date_short} {time}", "fallback": "24 Nov" })
}

rules! {
    rich_text_elements_required: "rich_text.elements.required" at "/blocks/0",
        refuses in_message(json!({ "type": "rich_text" })), takes block(list());
    rich_text_elements_min_items: "rich_text.elements.min_items" at "/blocks/0/elements",
        refuses in_message(json!({ "type": "rich_text", "elements": [] })), takes block(list());
    rich_text_holds_parts_not_text: "rich_text.elements.unsupported_type" at "/blocks/0/elements/0/type",
        refuses block(text("hello")), takes line(text("hello"));
    rich_text_section_holds_no_list: "rich_text_section.elements.unsupported_type" at "/blocks/0/elements/0/elements/0/type",
        refuses line(list()), takes block(list());
    rich_text_section_takes_no_mrkdwn: "rich_text_section.elements.unsupported_type" at "/blocks/0/elements/0/elements/0/type",
        refuses line(mrkdwn(5)), takes line(text("hello"));
    rich_text_list_style_required: "rich_text_list.style.required" at "/blocks/0/elements/0",
        refuses block(without(list(), "style")), takes block(list());
    rich_text_list_style_value: "rich_text_list.style.value" at "/blocks/0/elements/0/style",
        refuses block(with(list(), "style", "dash")), takes block(with(list(), "style", "ordered"));
    rich_text_list_indent_range: "rich_text_list.indent.range" at "/blocks/0/elements/0/indent",
        refuses block(with(list(), "indent", 9)), takes block(with(list(), "indent", 8));
    rich_text_list_border_range: "rich_text_list.border.range" at "/blocks/0/elements/0/border",
        refuses block(with(list(), "border", 2)), takes block(with(list(), "border", 1));
    rich_text_list_holds_sections: "rich_text_list.elements.unsupported_type" at "/blocks/0/elements/0/elements/0/type",
        refuses block(with(list(), "elements", json!([text("item")]))), takes block(list());
    rich_text_quote_holds_no_section: "rich_text_quote.elements.unsupported_type" at "/blocks/0/elements/0/elements/0/type",
        refuses block(json!({ "type": "rich_text_quote", "elements": [{ "type": "rich_text_section", "elements": [] }] })),
        takes block(json!({ "type": "rich_text_quote", "elements": [text("said")], "border": 0 }));
    rich_text_preformatted_holds_no_mention: "rich_text_preformatted.elements.unsupported_type" at "/blocks/0/elements/0/elements/0/type",
        refuses preformatted(user()), takes preformatted(text("psql"));

    rich_text_text_min_length: "text_element.text.min_length" at "/blocks/0/elements/0/elements/0/text",
        refuses line(text("")), takes line(text("a"));
    rich_text_style_is_an_object: "text_element.style.wrong_type" at "/blocks/0/elements/0/elements/0/style",
        refuses line(styled(json!("bold"))), takes line(styled(json!({ "bold": true })));
    rich_text_style_unknown_key: "style.unknown_key" at "/blocks/0/elements/0/elements/0/style",
        refuses line(styled(json!({ "red": true }))), takes line(styled(json!({ "code": true, "italic": false })));
    rich_text_style_is_of_booleans: "style.bold.wrong_type" at "/blocks/0/elements/0/elements/0/style/bold",
        refuses line(styled(json!({ "bold": 1 }))), takes line(styled(json!({ "bold": true })));
    rich_text_highlight_only_for_mentions: "style.unknown_key" at "/blocks/0/elements/0/elements/0/style",
        refuses line(styled(json!({ "highlight": true }))), takes line(with(user(), "style", json!({ "highlight": true })));
    rich_text_link_url_required: "link_element.url.required" at "/blocks/0/elements/0/elements/0",
        refuses line(json!({ "type": "link", "text": "a" })), takes line(json!({ "type": "link", "text": "a", "url": "https://example.com" }));
    rich_text_link_text_min_length: "link_element.text.min_length" at "/blocks/0/elements/0/elements/0/text",
        refuses line(json!({ "type": "link", "text": "", "url": "https://example.com" })), takes line(json!({ "type": "link", "url": "https://example.com" }));
    rich_text_user_id_required: "user_element.user_id.required" at "/blocks/0/elements/0/elements/0",
        refuses line(json!({ "type": "user" })), takes line(user());
    rich_text_usergroup_id_required: "usergroup_element.usergroup_id.required" at "/blocks/0/elements/0/elements/0",
        refuses line(json!({ "type": "usergroup" })), takes line(json!({ "type": "usergroup", "usergroup_id": "S0SRE" }));
    rich_text_channel_id_required: "channel_element.channel_id.required" at "/blocks/0/elements/0/elements/0",
        refuses line(json!({ "type": "channel" })), takes line(json!({ "type": "channel", "channel_id": "C0AUDIT" }));
    rich_text_emoji_name_required: "emoji_element.name.required" at "/blocks/0/elements/0/elements/0",
        refuses line(json!({ "type": "emoji", "unicode": "1f44b" })), takes line(json!({ "type": "emoji", "name": "wave" }));
    rich_text_date_timestamp_required: "date_element.timestamp.required" at "/blocks/0/elements/0/elements/0",
        refuses line(without(date(), "timestamp")), takes line(date());
    rich_text_date_timestamp_is_an_integer: "date_element.timestamp.wrong_type" at "/blocks/0/elements/0/elements/0/timestamp",
        refuses line(with(date(), "timestamp", "1764000000")), takes line(date());
    rich_text_date_format_required: "date_element.format.required" at "/blocks/0/elements/0/elements/0",
        refuses line(without(date(), "format")), takes line(date());
    rich_text_broadcast_range_value: "broadcast_element.range.value" at "/blocks/0/elements/0/elements/0/range",
        refuses line(json!({ "type": "broadcast", "range": "all" })), takes line(json!({ "type": "broadcast", "range": "here" }));
}
