//! Messages: the arguments of `chat.postMessage` and its kin, what is posted to a `response_url`, and a command's answer.
//! Source: <https://docs.slack.dev/reference/methods/chat.postMessage>.

use serde_json::Value;

use super::Problem;
use super::across::blocks_agree;
use super::blocks::BLOCK;
use super::checker::{Checker, step};
use super::composition::items;
use super::shape::Shape::{Bool, Free, Is, List, Str, Word};
use super::shape::{EVERYWHERE, Members, Shape, Surface, UNBOUNDED, object, rules};

/// `chat.update` refuses a longer `text` with `msg_too_long`.
const UPDATED_TEXT_MAX: usize = 4000;

const BLOCKS: Shape = List(0, 50, &BLOCK);
const STRING: Shape = Str(0, UNBOUNDED);

/// What Slack would refuse in a message.
///
/// `message` is the whole JSON body, with `blocks`, `attachments` and `metadata` as JSON and not as strings of JSON. A body
/// with `ts` is an update. `text` beyond 40,000 characters is refused too, although Slack truncates it: nobody wants to lose
/// the end of a message.
pub fn check_message(message: &Value) -> Vec<Problem> {
    Checker::check(Surface::Message, &Is(&MESSAGE), &rules!("message"), message)
}

object! {
    MESSAGE, "message", None, EVERYWHERE, [message_has_content, update_is_short, markdown_stands_alone, blocks_agree], {
        Optional "text" => Str(0, 40_000),
        Optional "blocks" => BLOCKS,
        Optional "attachments" => List(0, 100, &Is(&ATTACHMENT)),
        Optional "metadata" => Is(&METADATA),
        Optional "markdown_text" => Str(0, 12_000),
        Optional "channel" => STRING,
        Optional "user" => STRING,
        Optional "ts" => STRING,
        Optional "thread_ts" => STRING,
        Optional "post_at" => Free,
        Optional "reply_broadcast" => Bool,
        Optional "response_type" => Word(&["in_channel", "ephemeral"]),
        Optional "replace_original" => Bool,
        Optional "delete_original" => Bool,
        Optional "mrkdwn" => Bool,
        Optional "parse" => Word(&["none", "full"]),
        Optional "link_names" => Bool,
        Optional "unfurl_links" => Bool,
        Optional "unfurl_media" => Bool,
        Optional "as_user" => Bool,
        Optional "username" => STRING,
        Optional "icon_emoji" => STRING,
        Optional "icon_url" => STRING,
        Optional "file_ids" => Free,
        Optional "token" => STRING,
    }
}

object! {
    /// Legacy members are only known by name.
    ATTACHMENT, "attachment", None, EVERYWHERE, [blocks_agree], {
        Optional "blocks" => BLOCKS,
        Optional "fallback" => STRING,
        Optional "color" => STRING,
        Optional "pretext" => STRING,
        Optional "author_name" => STRING,
        Optional "author_link" => STRING,
        Optional "author_icon" => STRING,
        Optional "title" => STRING,
        Optional "title_link" => STRING,
        Optional "text" => STRING,
        Optional "fields" => Free,
        Optional "image_url" => STRING,
        Optional "thumb_url" => STRING,
        Optional "footer" => STRING,
        Optional "footer_icon" => STRING,
        Optional "ts" => Free,
        Optional "mrkdwn_in" => Free,
        Optional "actions" => Free,
        Optional "callback_id" => STRING,
    }
}

object! {
    METADATA, "metadata", None, EVERYWHERE, [payload_values_are_plain], {
        Required "event_type" => Str(1, 255),
        Required "event_payload" => Free,
    }
}

fn message_has_content(checker: &mut Checker, message: &Members, at: &str) {
    let has_text = ["text", "markdown_text"]
        .iter()
        .filter_map(|key| message.get(*key)?.as_str())
        .any(|text| !text.is_empty());
    let has_parts = ["blocks", "attachments", "file_ids"]
        .iter()
        .any(|key| !items(message.get(*key)).is_empty());
    let deletes = message.get("delete_original") == Some(&Value::Bool(true));
    if !has_text && !has_parts && !deletes {
        checker.report("message.no_text", at, "no_text: nothing to show");
    }
}

fn update_is_short(checker: &mut Checker, message: &Members, at: &str) {
    let length = |text: &str| text.chars().count();
    if message.contains_key("ts")
        && let Some(text) = message.get("text").and_then(Value::as_str)
        && length(text) > UPDATED_TEXT_MAX
    {
        checker.report(
            "message.text.max_length_in_update",
            step(at, "text"),
            format!(
                "msg_too_long: must be less than {} characters",
                UPDATED_TEXT_MAX + 1
            ),
        );
    }
}

fn markdown_stands_alone(checker: &mut Checker, message: &Members, at: &str) {
    let beside = message.contains_key("text") || message.contains_key("blocks");
    if message.contains_key("markdown_text") && beside {
        checker.report(
            "message.markdown_text.conflict",
            step(at, "markdown_text"),
            "markdown_text_conflict: cannot be used with `text` or `blocks`",
        );
    }
}

/// Slack accepts strings, numbers, booleans, objects and arrays of objects.
fn payload_values_are_plain(checker: &mut Checker, metadata: &Members, at: &str) {
    let Some(payload) = metadata.get("event_payload") else {
        return;
    };
    let at = step(at, "event_payload");
    let Some(values) = payload.as_object() else {
        checker.report("metadata.event_payload.wrong_type", at, "must provide an object");
        return;
    };
    for (key, value) in values {
        let fits = match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Object(_) => true,
            Value::Array(items) => items.iter().all(Value::is_object),
            Value::Null => false,
        };
        if !fits {
            checker.report(
                "metadata.event_payload.value",
                step(&at, key),
                "must be a string, a number, a boolean, an object or an array of objects",
            );
        }
    }
}
