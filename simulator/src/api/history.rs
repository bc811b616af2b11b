//! conversations.history and conversations.replies.

use serde_json::{Value, json};

use super::args::Args;
use super::error::ApiError;
use super::paging::page;
use super::{Answer, Call, conversations};
use crate::world::channels::Channel;
use crate::world::messages::Message;

/// Top-level messages and broadcast replies, newest first.
pub(super) fn history(call: &mut Call<'_>) -> Answer {
    let channel = member_of(call)?;
    let range = Range::read(call.args)?;
    let messages: Vec<&Message> = call
        .world
        .messages_in(&channel.id)
        .rev()
        .filter(|message| (message.thread_ts.is_none() || message.broadcast) && range.holds(&message.ts))
        .collect();
    answer(call, messages)
}

/// The message that opens the thread and its replies, oldest first.
pub(super) fn replies(call: &mut Call<'_>) -> Answer {
    let channel = member_of(call)?;
    let ts = call.args.required("ts")?;
    let range = Range::read(call.args)?;
    let asked = call
        .world
        .message(&channel.id, ts)
        .ok_or_else(|| ApiError::new("thread_not_found"))?;
    let parent = asked.thread_ts.as_deref().unwrap_or(ts);
    let messages: Vec<&Message> = call
        .world
        .messages_in(&channel.id)
        .filter(|message| {
            message.ts == parent || (message.thread_ts.as_deref() == Some(parent) && range.holds(&message.ts))
        })
        .collect();
    answer(call, messages)
}

fn answer(call: &Call<'_>, messages: Vec<&Message>) -> Answer {
    let with_metadata = call.args.flag("include_all_metadata")?;
    let (messages, response_metadata) = page(call.args, messages, 100)?;
    let messages: Vec<Value> = messages
        .into_iter()
        .map(|message| object(call, message, with_metadata))
        .collect();
    let has_more = response_metadata["next_cursor"] != "";
    Ok(
        json!({"messages": messages, "has_more": has_more, "pin_count": 0, "response_metadata": response_metadata}),
    )
}

/// The message as in history: one that opens a thread says so.
fn object(call: &Call<'_>, message: &Message, with_metadata: bool) -> Value {
    let mut object = call.world.message_json(message, with_metadata);
    let replies: Vec<&Message> = call
        .world
        .messages_in(&message.channel)
        .filter(|reply| reply.thread_ts.as_deref() == Some(message.ts.as_str()))
        .collect();
    if let Some(latest) = replies.last() {
        let mut people: Vec<&str> = replies.iter().map(|reply| reply.user.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        object["thread_ts"] = json!(message.ts);
        object["reply_count"] = json!(replies.len());
        object["reply_users_count"] = json!(people.len());
        object["reply_users"] = json!(people);
        object["latest_reply"] = json!(latest.ts);
    }
    object
}

/// A channel the bot may read the history of: it must be a member of a public one, and may not know of a private one otherwise.
fn member_of(call: &Call<'_>) -> Result<Channel, ApiError> {
    let channel = conversations::readable(call, "history")?;
    if channel.members.contains(&call.world.app.bot_user) {
        Ok(channel)
    } else {
        Err(ApiError::new("not_in_channel"))
    }
}

/// `oldest` and `latest`: exclusive unless `inclusive`. Timestamps are compared in microseconds.
struct Range {
    oldest: Option<u64>,
    latest: Option<u64>,
    inclusive: bool,
}

impl Range {
    fn read(args: &Args) -> Result<Self, ApiError> {
        let end = |name: &str, error: &str| {
            args.text(name)?
                .map(|ts| micros_of(ts).ok_or_else(|| ApiError::new(error)))
                .transpose()
        };
        Ok(Self {
            oldest: end("oldest", "invalid_ts_oldest")?,
            latest: end("latest", "invalid_ts_latest")?,
            inclusive: args.flag("inclusive")?,
        })
    }

    fn holds(&self, ts: &str) -> bool {
        let at = micros_of(ts).unwrap_or(0);
        let after = self
            .oldest
            .is_none_or(|oldest| at > oldest || (self.inclusive && at == oldest));
        let before = self
            .latest
            .is_none_or(|latest| at < latest || (self.inclusive && at == latest));
        after && before
    }
}

/// `1700000000.000100` in microseconds; the part after the point may be shorter or absent.
fn micros_of(ts: &str) -> Option<u64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    if fraction.len() > 6 {
        return None;
    }
    let scale = 10_u64.checked_pow(u32::try_from(6 - fraction.len()).ok()?)?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000 + fraction.parse::<u64>().ok()? * scale)
}
