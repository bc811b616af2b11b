//! The content of a message in the arguments of the chat methods, in posts to response urls and in acks.
//!
//! Invariant: every stored message of the app has gone through `draft`, `draft_from` or `edit`, and so through `validate`.

use serde_json::{Map, Value, json};

use super::args::Args;
use super::error::ApiError;
use crate::validate;
use crate::world::messages::{Draft, Edit};

/// The arguments that make up what a message says. `ts` tells the rules that it is an update.
const CONTENT: [&str; 6] = ["text", "markdown_text", "blocks", "attachments", "metadata", "ts"];

/// A new message in the arguments of a call.
pub(super) fn draft(args: &Args) -> Result<Draft, ApiError> {
    let draft = draft_from(&Value::Object(content(args)))?;
    Ok(Draft {
        thread_ts: args.text("thread_ts")?.map(str::to_owned),
        broadcast: args.flag("reply_broadcast")?,
        ..draft
    })
}

/// The message that a JSON object describes: the content in a call, a post to a response url, or the payload of an ack.
pub(crate) fn draft_from(content: &Value) -> Result<Draft, ApiError> {
    validate::message(content)?;
    Ok(Draft {
        text: text(content).unwrap_or_default(),
        blocks: list(content, "blocks").unwrap_or_default(),
        attachments: list(content, "attachments").unwrap_or_default(),
        metadata: content.get("metadata").cloned(),
        ..Draft::default()
    })
}

/// A change to a message: absent fields stay as they are, and `{}` removes the metadata.
pub(super) fn edit(args: &Args) -> Result<Edit, ApiError> {
    let mut checked = content(args);
    if checked.get("metadata") == Some(&json!({})) {
        checked.remove("metadata");
    }
    validate::message(&Value::Object(checked))?;
    let content = Value::Object(content(args));
    Ok(Edit {
        text: text(&content),
        blocks: list(&content, "blocks"),
        attachments: list(&content, "attachments"),
        metadata: content.get("metadata").cloned(),
        broadcast: args.flag("reply_broadcast")?,
    })
}

fn content(args: &Args) -> Map<String, Value> {
    let pick = |name: &&str| Some(((*name).to_owned(), args.get(name)?.clone()));
    CONTENT.iter().filter_map(pick).collect()
}

fn text(content: &Value) -> Option<String> {
    content
        .get("text")
        .or_else(|| content.get("markdown_text"))?
        .as_str()
        .map(str::to_owned)
}

fn list(content: &Value, name: &str) -> Option<Vec<Value>> {
    content.get(name)?.as_array().cloned()
}
