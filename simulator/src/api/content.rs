//! The content of a message in the arguments of the chat methods, in posts to response urls and in acks.
//!
//! Invariant: whoever stores a message of the app has taken it through `draft`, `draft_from` or `edit`, and so through `validate`.

use serde_json::{Map, Value, json};

use super::args::Args;
use super::error::ApiError;
use crate::validate;
use crate::world::messages::{Draft, Edit};

/// The arguments that make up what a message says. `ts` tells the rules that it is an update.
const CONTENT: [&str; 6] = ["text", "markdown_text", "blocks", "attachments", "metadata", "ts"];

/// A new message in the arguments of a call.
pub(super) fn draft(args: &Args) -> Result<Draft, ApiError> {
    let draft = draft_from(&content(args))?;
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

/// A change of a message: what is absent stays as it is, and `{}` takes the metadata away.
pub(super) fn edit(args: &Args) -> Result<Edit, ApiError> {
    let mut content = content(args);
    let no_metadata = content["metadata"] == json!({});
    if no_metadata && let Some(content) = content.as_object_mut() {
        content.remove("metadata");
    }
    validate::message(&content)?;
    Ok(Edit {
        text: text(&content),
        blocks: list(&content, "blocks"),
        attachments: list(&content, "attachments"),
        metadata: if no_metadata {
            Some(None)
        } else {
            content.get("metadata").cloned().map(Some)
        },
        broadcast: args.flag("reply_broadcast")?,
    })
}

fn content(args: &Args) -> Value {
    let pick = |name: &&str| Some(((*name).to_owned(), args.get(name)?.clone()));
    Value::Object(CONTENT.iter().filter_map(pick).collect::<Map<_, _>>())
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
