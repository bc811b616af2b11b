//! What a person sees: messages in channels the person is in, ephemeral answers, and what is unread.
//!
//! Invariant: nobody sees a channel without being in it, and an ephemeral message is seen by one person only.

use serde_json::{Value, json};

use super::World;
use super::blocks;
use super::channels::Channel;
use super::files::SeenFile;
use super::messages::{Draft, Message};
use crate::clock::Micros;
use crate::render;

/// A message as shown on somebody's screen.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeenMessage {
    /// Id of the channel.
    pub channel: String,
    pub ts: String,
    pub thread_ts: Option<String>,
    /// A reply that is also shown in the channel.
    pub broadcast: bool,
    /// Name of the author.
    pub from: String,
    /// The top-level text as the app sent it, for screen readers and notifications.
    pub text: String,
    /// The blocks (or, without blocks, the text) as plain lines.
    pub rendered: String,
    pub blocks: Value,
    pub metadata: Option<Value>,
    /// Texts of the buttons and overflow options, in order.
    pub buttons: Vec<String>,
    pub edited: bool,
    /// Only this person sees it.
    pub ephemeral: bool,
    /// The files below it.
    pub files: Vec<SeenFile>,
}

impl SeenMessage {
    /// Whether the text, or what the blocks read as, contains `words`.
    pub fn contains(&self, words: &str) -> bool {
        self.text.contains(words) || self.rendered.contains(words)
    }
}

impl World {
    pub(crate) fn seen(&self, message: &Message, ephemeral: bool) -> SeenMessage {
        let rendered = if message.blocks.is_empty() {
            render::mrkdwn(self, &message.text)
        } else {
            render::blocks(self, &message.blocks, None)
        };
        SeenMessage {
            channel: message.channel.clone(),
            ts: message.ts.clone(),
            thread_ts: message.thread_ts.clone(),
            broadcast: message.broadcast,
            from: self.name_of(&message.user).to_owned(),
            text: message.text.clone(),
            rendered,
            blocks: json!(message.blocks),
            metadata: message.metadata.clone(),
            buttons: message
                .blocks
                .iter()
                .flat_map(blocks::elements)
                .flat_map(render::button_texts)
                .collect(),
            edited: message.edited.is_some(),
            ephemeral,
            files: message.files.clone(),
        }
    }

    /// Everything stored in a channel, oldest first.
    pub(crate) fn seen_in(&self, channel: &str) -> Vec<SeenMessage> {
        self.messages_in(channel)
            .map(|message| self.seen(message, false))
            .collect()
    }

    /// The ephemeral messages of a person, oldest first.
    pub(crate) fn seen_ephemerals(&self, person: &str) -> Vec<SeenMessage> {
        self.ephemerals_of(person)
            .map(|message| self.seen(message, true))
            .collect()
    }

    /// Everything a person can see, including ephemeral messages, oldest first.
    pub(crate) fn seen_by(&self, person: &str) -> Vec<SeenMessage> {
        let mut seen: Vec<SeenMessage> = self
            .messages
            .iter()
            .filter(|message| {
                self.channel(&message.channel)
                    .is_some_and(|channel| channel.members.contains(person))
            })
            .map(|message| self.seen(message, false))
            .chain(self.seen_ephemerals(person))
            .collect();
        seen.sort_by(|one, other| one.ts.cmp(&other.ts));
        seen
    }

    /// What a person has not read yet; own messages are read.
    pub(crate) fn unread_by(&self, person: &str) -> Vec<SeenMessage> {
        let own = self.name_of(person);
        let read = self.read.get(person);
        let is_read = |message: &SeenMessage| {
            read.is_some_and(|read| read.contains(&(message.channel.clone(), message.ts.clone())))
        };
        self.seen_by(person)
            .into_iter()
            .filter(|message| message.from != own && !is_read(message))
            .collect()
    }

    pub(crate) fn mark_read<'a>(
        &mut self,
        person: &str,
        messages: impl IntoIterator<Item = &'a SeenMessage>,
    ) {
        let read = self.read.entry(person.to_owned()).or_default();
        read.extend(
            messages
                .into_iter()
                .map(|message| (message.channel.clone(), message.ts.clone())),
        );
    }

    /// The channel a person means: `@bot` for the direct message with the bot, else a channel's name or id.
    pub(crate) fn channel_for(&self, person: &str, which: &str) -> Option<&Channel> {
        if which == "@bot" {
            self.channel(&super::channels::direct_id(person))
        } else {
            self.channel(which)
        }
    }

    pub(crate) fn ephemerals_of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a Message> {
        self.ephemerals
            .iter()
            .filter(move |(owner, _)| owner == person)
            .map(|(_, message)| message)
    }

    /// Shows a message of the app to one person only.
    pub(crate) fn post_ephemeral(
        &mut self,
        person: &str,
        channel: &str,
        draft: Draft,
        now: Micros,
    ) -> Message {
        let bot = self.app.bot_user.clone();
        let message = self.compose(channel, &bot, draft, now);
        self.ephemerals.push((person.to_owned(), message.clone()));
        message
    }

    /// Replaces an ephemeral message, or removes it if there is no draft.
    pub(crate) fn replace_ephemeral(&mut self, person: &str, ts: &str, draft: Option<Draft>, now: Micros) {
        let Some(place) = self
            .ephemerals
            .iter()
            .position(|(owner, message)| owner == person && message.ts == ts)
        else {
            return;
        };
        let old = self.ephemerals.remove(place).1;
        if let Some(draft) = draft {
            let bot = self.app.bot_user.clone();
            let message = Message {
                ts: old.ts,
                ..self.compose(&old.channel, &bot, draft, now)
            };
            self.ephemerals.insert(place, (person.to_owned(), message));
        }
    }
}
