//! conversations.open, info, list, members, join and users.conversations.

use serde_json::{Value, json};

use super::error::ApiError;
use super::paging::page;
use super::{Answer, Call};
use crate::world::channels::Channel;
use crate::world::people::Kind;

pub(super) fn open(call: &mut Call<'_>) -> Answer {
    let (channel, already_open) = match call.args.list("users")?.as_deref() {
        None | Some([]) => {
            let id = call
                .args
                .text("channel")?
                .ok_or_else(|| ApiError::new("users_list_not_supplied"))?;
            let channel = call
                .world
                .channels
                .iter()
                .find(|channel| channel.id == id && channel.is_im());
            (
                channel
                    .cloned()
                    .ok_or_else(|| ApiError::new("channel_not_found"))?,
                true,
            )
        }
        Some([person]) => open_direct(call, person)?,
        // Group messages with several people are not simulated.
        Some(_) => return Err(ApiError::new("method_not_supported_for_channel_type")),
    };
    let object = if call.args.flag("return_im")? {
        object(call, &channel)
    } else {
        json!({"id": channel.id})
    };
    Ok(json!({"channel": object, "no_op": already_open, "already_open": already_open}))
}

/// The direct message between the bot and somebody (id) who can be written to.
pub(super) fn open_direct(call: &mut Call<'_>, id: &str) -> Result<(Channel, bool), ApiError> {
    let person = call
        .world
        .people
        .iter()
        .find(|person| person.id == id)
        .ok_or_else(|| ApiError::new("user_not_found"))?;
    if person.deactivated {
        return Err(ApiError::new("user_disabled"));
    }
    if person.is_bot() {
        return Err(ApiError::new("cannot_dm_bot"));
    }
    if person.kind == Kind::Stranger {
        return Err(ApiError::new("user_not_visible"));
    }
    Ok(call.world.open_direct(id))
}

pub(super) fn info(call: &mut Call<'_>) -> Answer {
    let channel = readable(call, "read")?;
    let mut object = object(call, &channel);
    if call.args.flag("include_num_members")? {
        object["num_members"] = json!(channel.members.len());
    }
    Ok(json!({"channel": object}))
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let bot = call.world.app.bot_user.clone();
    matching(call, |channel| !channel.private || channel.members.contains(&bot))
}

pub(super) fn of_user(call: &mut Call<'_>) -> Answer {
    let bot = call.world.app.bot_user.clone();
    let person = call.args.text("user")?.unwrap_or(&bot).to_owned();
    matching(call, |channel| {
        channel.members.contains(&person) && (!channel.private || channel.members.contains(&bot))
    })
}

pub(super) fn members(call: &mut Call<'_>) -> Answer {
    let channel = readable(call, "read")?;
    let (members, response_metadata) = page(call.args, channel.members.into_iter().collect(), 100)?;
    Ok(json!({"members": members, "response_metadata": response_metadata}))
}

pub(super) fn join(call: &mut Call<'_>) -> Answer {
    let id = call.args.required("channel")?;
    let channel = call
        .world
        .channels
        .iter()
        .find(|channel| channel.id == id && !channel.private);
    let channel = channel.ok_or_else(|| ApiError::new("channel_not_found"))?;
    if channel.archived {
        return Err(ApiError::new("is_archived"));
    }
    let id = channel.id.clone();
    call.world.join(&id, "@bot");
    let joined = readable(call, "join")?;
    Ok(json!({"channel": object(call, &joined)}))
}

/// The channel that the argument `channel` names by id, if the bot may know of it. `what` is the second half of the scope's
/// name: private conversations exist only for their members, and each type of conversation has its own scope.
pub(super) fn readable(call: &Call<'_>, what: &str) -> Result<Channel, ApiError> {
    let id = call.args.required("channel")?;
    let channel = call.world.channels.iter().find(|channel| channel.id == id);
    let channel =
        channel.filter(|channel| !channel.private || channel.members.contains(&call.world.app.bot_user));
    let channel = channel.ok_or_else(|| ApiError::new("channel_not_found"))?;
    let scope = format!("{}:{what}", channel.scope_family());
    if !call.world.app.scopes.contains(&scope) {
        return Err(ApiError::missing_scope(&[&scope], &call.world.app.scopes));
    }
    Ok(channel.clone())
}

fn matching(call: &Call<'_>, matches: impl Fn(&Channel) -> bool) -> Answer {
    let types = call
        .args
        .list("types")?
        .unwrap_or_else(|| vec!["public_channel".to_owned()]);
    if types
        .iter()
        .any(|word| !["public_channel", "private_channel", "im", "mpim"].contains(&word.as_str()))
    {
        return Err(ApiError::new("invalid_types"));
    }
    let exclude_archived = call.args.flag("exclude_archived")?;
    let mut channels = Vec::new();
    for channel in &call.world.channels {
        if types.iter().any(|word| word == channel.type_word())
            && !(exclude_archived && channel.archived)
            && matches(channel)
        {
            let scope = format!("{}:read", channel.scope_family());
            if !call.world.app.scopes.contains(&scope) {
                return Err(ApiError::missing_scope(&[&scope], &call.world.app.scopes));
            }
            channels.push(object(call, channel));
        }
    }
    let (channels, response_metadata) = page(call.args, channels, 100)?;
    Ok(json!({"channels": channels, "response_metadata": response_metadata}))
}

fn object(call: &Call<'_>, channel: &Channel) -> Value {
    channel.to_json(&call.world.app.bot_user, &call.world.team.id)
}
