//! Changes an existing message in place.

use serde_json::json;

use crate::slack::views::kit::Post;
use crate::slack::web::MessageUpdate;
use crate::store::Message;

use super::outcome::Outcome;
use super::run::Run;

/// Updates the message to `post`; one that was not posted yet is retried.
pub(super) async fn update(run: &Run<'_>, message: Message, post: Post) -> Outcome {
    if !run.has_time() {
        return Outcome::too_late(message);
    }
    let blocks = json!(post.blocks);
    let update = MessageUpdate {
        channel: message.channel.as_deref().unwrap_or_default(),
        ts: message.ts.as_deref().unwrap_or_default(),
        text: &post.text,
        blocks: Some(&blocks),
        metadata: None,
    };
    match run.bot.web.update_message(update).await {
        Ok(_) => Outcome::Shown(Message {
            shown_version: Some(run.view.request.version),
            ..message
        }),
        Err(error) => match error.code() {
            Some(
                "message_not_found" | "cant_update_message" | "channel_not_found" | "edit_window_closed",
            ) => Outcome::Dead {
                message,
                replace: true,
            },
            Some(_) | None => Outcome::later(message, &error),
        },
    }
}
