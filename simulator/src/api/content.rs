//! The content of a message in the arguments of the chat methods and in posts to response urls.
//!
//! Invariant: whoever stores a message of the app has taken it through `draft` or `edit`, and so through `validate`.

use serde_json::{Value, json};

use super::args::Args;
use super::error::ApiError;
use crate::validate;
use crate::world::messages::{Draft, Edit};

/// Longer texts are cut by chat.postMessage. Source: docs.slack.dev, chat.postMessage, "Truncating content".
const POSTED_TEXT: usize = 40_000;
/// Longer texts are refused by chat.update with `msg_too_long`.
const UPDATED_TEXT: usize = 4_000;

/// A new message. Something must be in it.
pub(super) fn draft(args: &Args) -> Result<Draft, ApiError> {
    let draft = draft_from(&args.to_json())?;
    Ok(Draft {
        thread_ts: args.text("thread_ts")?.map(str::to_owned),
        broadcast: args.flag("reply_broadcast")?,
        ..draft
    })
}

/// The message that a JSON object describes: arguments of a call, the payload of an ack, or a post to a response url.
pub(crate) fn draft_from(content: &Value) -> Result<Draft, ApiError> {
    let text = text(content)?.unwrap_or_default();
    let draft = Draft {
        text: text.chars().take(POSTED_TEXT).collect(),
        blocks: array(content, "blocks", "invalid_blocks_format")?.unwrap_or_default(),
        attachments: array(content, "attachments", "invalid_attachments")?.unwrap_or_default(),
        metadata: content.get("metadata").cloned(),
        ..Draft::default()
    };
    if draft.text.is_empty() && draft.blocks.is_empty() && draft.attachments.is_empty() {
        return Err(ApiError::new("no_text"));
    }
    check(content)?;
    Ok(draft)
}

/// A change of a message: what is absent stays as it is.
pub(super) fn edit(args: &Args) -> Result<Edit, ApiError> {
    let content = args.to_json();
    let edit = Edit {
        text: text(&content)?,
        blocks: array(&content, "blocks", "invalid_blocks_format")?,
        attachments: array(&content, "attachments", "invalid_attachments")?,
        metadata: args
            .get("metadata")
            .map(|metadata| Some(metadata.clone()).filter(|metadata| *metadata != json!({}))),
        broadcast: args.flag("reply_broadcast")?,
    };
    if edit.text.is_none() && edit.blocks.is_none() && edit.attachments.is_none() {
        return Err(ApiError::new("no_text"));
    }
    if edit
        .text
        .as_ref()
        .is_some_and(|text| text.chars().count() > UPDATED_TEXT)
    {
        return Err(ApiError::new("msg_too_long"));
    }
    check(&content)?;
    Ok(edit)
}

fn text(content: &Value) -> Result<Option<String>, ApiError> {
    let read = |name: &str| match content.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::with_messages(
            "invalid_arguments",
            [format!("[ERROR] {name} must be a string [json-pointer:/{name}]")],
        )),
    };
    let (text, markdown) = (read("text")?, read("markdown_text")?);
    if markdown.is_some() && (text.is_some() || content.get("blocks").is_some()) {
        return Err(ApiError::new("markdown_text_conflict"));
    }
    Ok(markdown.or(text))
}

fn array(content: &Value, name: &str, error: &str) -> Result<Option<Vec<Value>>, ApiError> {
    match content.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items.clone())),
        Some(_) => Err(ApiError::new(error)),
    }
}

/// Holds the parts with rules of their own against Block Kit; other arguments have been checked by the table of methods.
fn check(content: &Value) -> Result<(), ApiError> {
    let mut checked = serde_json::Map::new();
    for name in ["text", "blocks", "attachments", "metadata"] {
        if let Some(value) = content
            .get(name)
            .filter(|value| !(name == "metadata" && **value == json!({})))
        {
            checked.insert(name.to_owned(), value.clone());
        }
    }
    validate::message(&Value::Object(checked))
}
