//! Messages as Slack stores them.
//!
//! Invariant: a `ts` identifies one message of a channel forever; timestamps grow in the order of posting.

use serde_json::{Value, json};

use super::files::SeenFile;
use super::{Refused, World, blocks};
use crate::clock::Micros;

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) channel: String,
    pub(crate) ts: String,
    /// Id of the author; the app posts as its bot user.
    pub(crate) user: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) thread_ts: Option<String>,
    pub(crate) broadcast: bool,
    pub(crate) files: Vec<SeenFile>,
    /// When it was last edited, as a ts.
    pub(crate) edited: Option<String>,
}

/// What somebody says, before it has a place and a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) thread_ts: Option<String>,
    pub(crate) broadcast: bool,
    pub(crate) files: Vec<SeenFile>,
}

/// What `chat.update` changes; None keeps the present value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edit {
    pub(crate) text: Option<String>,
    pub(crate) blocks: Option<Vec<Value>>,
    pub(crate) attachments: Option<Vec<Value>>,
    /// `{}` removes it.
    pub(crate) metadata: Option<Value>,
    pub(crate) broadcast: bool,
}

impl World {
    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages
            .iter()
            .find(|message| message.channel == channel && message.ts == ts)
    }

    /// The messages of a channel, oldest first.
    pub(crate) fn messages_in<'a>(
        &'a self,
        channel: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Message> {
        self.messages
            .iter()
            .filter(move |message| message.channel == channel)
    }

    /// Gives the draft an author, a place and a ts, without storing it: what ephemeral messages and posts share.
    pub(crate) fn compose(&mut self, channel: &str, user: &str, mut draft: Draft, now: Micros) -> Message {
        let ts = self.next_ts(now);
        blocks::complete(&mut draft.blocks, || self.ids.next("b"));
        Message {
            channel: channel.to_owned(),
            ts,
            user: user.to_owned(),
            text: draft.text,
            blocks: draft.blocks,
            attachments: draft.attachments,
            metadata: draft.metadata,
            broadcast: draft.broadcast && draft.thread_ts.is_some(),
            thread_ts: draft.thread_ts,
            files: draft.files,
            edited: None,
        }
    }

    /// Stores a message in a channel. A reply must name a message that opens, or can open, a thread.
    pub(crate) fn post(
        &mut self,
        channel: &str,
        user: &str,
        draft: Draft,
        now: Micros,
    ) -> Result<Message, Refused> {
        if let Some(parent) = &draft.thread_ts {
            let parent = self
                .message(channel, parent)
                .ok_or(Refused("cannot_reply_to_message"))?;
            if parent.thread_ts.is_some() {
                return Err(Refused("cannot_reply_to_message"));
            }
        }
        let message = self.compose(channel, user, draft, now);
        self.messages.push(message.clone());
        self.announce_message(&message, None, now);
        Ok(message)
    }

    pub(crate) fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        edit: Edit,
        now: Micros,
    ) -> Result<Message, Refused> {
        let bot = self.app.bot_user.clone();
        let mut new_blocks = edit.blocks;
        if let Some(new_blocks) = &mut new_blocks {
            blocks::complete(new_blocks, || self.ids.next("b"));
        }
        let edited = self.next_ts(now);
        let message = self
            .messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts)
            .ok_or(Refused("message_not_found"))?;
        if message.user != bot {
            return Err(Refused("cant_update_message"));
        }
        if edit.broadcast && message.thread_ts.is_none() {
            return Err(Refused("cant_broadcast_message"));
        }
        message.text = edit.text.unwrap_or_else(|| {
            if new_blocks.is_some() {
                String::new()
            } else {
                message.text.clone()
            }
        });
        message.blocks = new_blocks.unwrap_or_else(|| message.blocks.clone());
        message.attachments = edit.attachments.unwrap_or_else(|| message.attachments.clone());
        if let Some(metadata) = edit.metadata {
            message.metadata = Some(metadata).filter(|metadata| *metadata != json!({}));
        }
        message.broadcast |= edit.broadcast;
        message.edited = Some(edited);
        let message = message.clone();
        self.announce_message(&message, Some("message_changed"), now);
        Ok(message)
    }

    pub(crate) fn delete_message(&mut self, channel: &str, ts: &str, now: Micros) -> Result<(), Refused> {
        let message = self
            .message(channel, ts)
            .ok_or(Refused("message_not_found"))?
            .clone();
        if message.user != self.app.bot_user {
            return Err(Refused("cant_delete_message"));
        }
        self.messages
            .retain(|other| other.channel != channel || other.ts != ts);
        self.announce_message(&message, Some("message_deleted"), now);
        Ok(())
    }

    /// The message object of history, of events and of interaction payloads.
    pub(crate) fn message_json(&self, message: &Message, with_metadata: bool) -> Value {
        let mut object = json!({
            "type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": self.team.id,
        });
        if message.user == self.app.bot_user {
            object["bot_id"] = json!(self.app.bot_id);
            object["app_id"] = json!(self.app.id);
            object["bot_profile"] = json!({
                "id": self.app.bot_id, "app_id": self.app.id, "user_id": self.app.bot_user, "name": self.app.name,
                "deleted": false, "updated": 1_700_000_000, "team_id": self.team.id,
            });
        }
        if !message.blocks.is_empty() {
            object["blocks"] = json!(message.blocks);
        }
        if !message.attachments.is_empty() {
            object["attachments"] = json!(message.attachments);
        }
        if let Some(metadata) = message.metadata.as_ref().filter(|_| with_metadata) {
            object["metadata"] = metadata.clone();
        }
        if let Some(thread) = &message.thread_ts {
            object["thread_ts"] = json!(thread);
            object["parent_user_id"] =
                json!(self.message(&message.channel, thread).map(|parent| &parent.user));
            if message.broadcast {
                object["subtype"] = json!("thread_broadcast");
            }
        }
        if let Some(edited) = &message.edited {
            object["edited"] = json!({"user": message.user, "ts": edited});
        }
        object
    }

    /// A new ts, later than every ts before it.
    pub(crate) fn next_ts(&mut self, now: Micros) -> String {
        self.last_ts = now.max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }
}
