//! chat.scheduleMessage, chat.deleteScheduledMessage, chat.scheduledMessages.list.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::ApiError;
use super::paging::page;
use super::{Answer, Call, chat, content};
use crate::clock::Micros;
use crate::shared::Shared;
use crate::world::World;
use crate::world::scheduled::Scheduled;

pub(super) fn schedule(call: &mut Call<'_>) -> Answer {
    let draft = content::draft(call.args)?;
    let post_at = call
        .args
        .number("post_at")
        .ok()
        .flatten()
        .and_then(|seconds| u64::try_from(seconds).ok())
        .ok_or_else(|| ApiError::new("invalid_time"))?;
    let channel = chat::writable(call)?;
    let text = draft.text.clone();
    let scheduled = call.world.schedule(&channel.id, draft, post_at, call.now)?;
    let bot = &call.world.app;
    let answer = json!({
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": scheduled.post_at.to_string(),
        "message": {
            "type": "delayed_message", "subtype": "bot_message", "text": text, "username": bot.name, "bot_id": bot.bot_id,
        },
    });
    let shared = Arc::clone(call.shared);
    call.shared.spawn(post_at_its_time(shared, post_at * 1_000_000));
    Ok(answer)
}

async fn post_at_its_time(shared: Arc<Shared>, at: Micros) {
    shared.clock.sleep_until(at).await;
    shared.change(World::post_scheduled);
}

pub(super) fn delete(call: &mut Call<'_>) -> Answer {
    let channel = chat::visible(call)?;
    let id = call.args.required("scheduled_message_id")?;
    call.world.unschedule(&channel.id, id, call.now)?;
    Ok(json!({}))
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let channel = if call.args.get("channel").is_some() {
        let channel = chat::visible(call).map_err(|_| ApiError::new("invalid_channel"))?;
        Some(channel.id)
    } else {
        None
    };
    let (oldest, latest) = (call.args.number("oldest")?, call.args.number("latest")?);
    let within = |other: &&Scheduled| {
        let at = usize::try_from(other.post_at).unwrap_or(usize::MAX);
        oldest.is_none_or(|oldest| at >= oldest) && latest.is_none_or(|latest| at <= latest)
    };
    let found: Vec<&Scheduled> = call
        .world
        .scheduled_in(channel.as_deref())
        .filter(within)
        .collect();
    let (found, response_metadata) = page(call.args, found, 100)?;
    let found: Vec<Value> = found
        .into_iter()
        .map(|other| {
            json!({
                "id": other.id, "channel_id": other.channel, "post_at": other.post_at, "date_created": other.created,
                "text": other.draft.text,
            })
        })
        .collect();
    Ok(json!({"scheduled_messages": found, "response_metadata": response_metadata}))
}
