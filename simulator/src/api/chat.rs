//! chat.postMessage, chat.update, chat.delete, chat.postEphemeral, chat.getPermalink.

use serde_json::json;

use super::error::ApiError;
use super::{Answer, Call, content, conversations};
use crate::world::channels::Channel;

pub(super) fn post_message(call: &mut Call<'_>) -> Answer {
    let draft = content::draft(call.args)?;
    let channel = writable(call)?;
    let bot = call.world.app.bot_user.clone();
    let message = call.world.post(&channel.id, &bot, draft, call.now)?;
    Ok(json!({"channel": channel.id, "ts": message.ts, "message": call.world.message_json(&message, true)}))
}

pub(super) fn update(call: &mut Call<'_>) -> Answer {
    let edit = content::edit(call.args)?;
    let channel = visible(call)?;
    if archived(call, &channel) {
        return Err(ApiError::new("is_inactive"));
    }
    let message = call
        .world
        .edit(&channel.id, call.args.required("ts")?, edit, call.now)?;
    Ok(json!({
        "channel": channel.id, "ts": message.ts, "text": message.text, "message": call.world.message_json(&message, true),
    }))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answer {
    let channel = visible(call)?;
    let ts = call.args.required("ts")?;
    call.world.delete_message(&channel.id, ts, call.now)?;
    Ok(json!({"channel": channel.id, "ts": ts}))
}

pub(super) fn post_ephemeral(call: &mut Call<'_>) -> Answer {
    let draft = content::draft(call.args)?;
    let channel = visible(call)?;
    let person = call.args.required("user")?;
    if !channel.members.contains(&call.world.app.bot_user) {
        return Err(ApiError::new("not_in_channel"));
    }
    if !channel.members.contains(person) {
        return Err(ApiError::new("user_not_in_channel"));
    }
    if archived(call, &channel) {
        return Err(ApiError::new("is_archived"));
    }
    let message = call.world.post_ephemeral(person, &channel.id, draft, call.now);
    Ok(json!({"message_ts": message.ts}))
}

pub(super) fn permalink(call: &mut Call<'_>) -> Answer {
    let channel = visible(call)?;
    let ts = call.args.required("message_ts")?;
    let message = call
        .world
        .message(&channel.id, ts)
        .ok_or_else(|| ApiError::new("message_not_found"))?;
    let place = format!(
        "https://{}.slack.com/archives/{}/p{}",
        call.world.team.domain,
        channel.id,
        ts.replace('.', "")
    );
    let link = match &message.thread_ts {
        Some(thread) => format!("{place}?thread_ts={thread}&cid={}", channel.id),
        None => place,
    };
    Ok(json!({"channel": channel.id, "permalink": link}))
}

/// Where a new message goes, if the app may write there.
pub(super) fn writable(call: &mut Call<'_>) -> Result<Channel, ApiError> {
    let channel = destination(call)?;
    let is_in = channel.members.contains(&call.world.app.bot_user);
    if !is_in && !call.world.app.scopes.contains("chat:write.public") {
        return Err(ApiError::new("not_in_channel"));
    }
    if archived(call, &channel) {
        return Err(ApiError::new("is_archived"));
    }
    Ok(channel)
}

/// Where a new message goes: a channel by id or name, or the direct message with the person whose id is given.
fn destination(call: &mut Call<'_>) -> Result<Channel, ApiError> {
    let which = call.args.required("channel")?;
    if call.world.people.iter().any(|person| person.id == which) {
        let opened = conversations::open_direct(call, which);
        return opened
            .map(|(channel, _)| channel)
            .map_err(|_| ApiError::new("channel_not_found"));
    }
    let channel = call
        .world
        .channel(which)
        .ok_or_else(|| ApiError::new("channel_not_found"))?;
    known(call, channel)
}

/// The channel named by id, if the bot may know of it.
pub(super) fn visible(call: &Call<'_>) -> Result<Channel, ApiError> {
    let id = call.args.required("channel")?;
    let channel = call.world.channels.iter().find(|channel| channel.id == id);
    known(call, channel.ok_or_else(|| ApiError::new("channel_not_found"))?)
}

fn known(call: &Call<'_>, channel: &Channel) -> Result<Channel, ApiError> {
    if channel.private && !channel.members.contains(&call.world.app.bot_user) {
        return Err(ApiError::new("channel_not_found"));
    }
    Ok(channel.clone())
}

/// A direct message with somebody who has left is closed, like an archived channel.
fn archived(call: &Call<'_>, channel: &Channel) -> bool {
    let gone = channel
        .im_with
        .as_ref()
        .and_then(|id| call.world.person(id))
        .is_some_and(|person| person.deactivated);
    channel.archived || gone
}
