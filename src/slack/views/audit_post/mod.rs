//! The messages of the audit channel, made from the stored event alone (and people's words, which are stored apart).
//!
//! A post is never edited afterwards.

pub mod digest;
pub mod policy;

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::audit::chain::Hash;
use crate::audit::event::{Actor, Event, Via};
use crate::slack::actions::Button;
use crate::telling::{self, Phrase, told};

use super::kit::{Look, Post, PostBuilder, button};

const WORDS: usize = 500;

/// The post of one event. `words` are those that it quotes, unless they were redacted.
pub fn post(seq: u64, hash: &Hash, event: &Event, words: Option<&str>) -> Post {
    post_with(seq, hash, event, words, Alarm::default())
}

/// What an alarm has in addition.
#[derive(Debug, Default)]
pub(super) struct Alarm<'a> {
    /// Members.
    pub(super) mentioned: &'a [String],
    pub(super) buttons: Vec<SlackBlockButtonElement>,
}

/// The post of one event as an alarm.
pub(super) fn post_with(seq: u64, hash: &Hash, event: &Event, words: Option<&str>, alarm: Alarm<'_>) -> Post {
    let told = told(event);
    let about = event.request.as_ref().map_or_else(Vec::new, telling::about);
    let fields = about.into_iter().chain(told.fields);
    let fields: Vec<(&str, Phrase)> = fields.map(|field| (field.label, field.value)).collect();
    let mut post = PostBuilder::default().headline(told.mark, told.word, told.headline);
    if !fields.is_empty() {
        post = post.fields(&fields);
    }
    post = post.whole(told.whole);
    if let Some(error) = &told.error {
        post = post.long(error.label, &error.value.plain());
    }
    if let Some(words) = words {
        post = post.words(writer(event), words, WORDS);
    }
    post = post.mention(alarm.mentioned);
    let mut buttons = alarm.buttons;
    if let Some(about) = &event.request {
        buttons.push(button(Button::Open, "Open", about.id.as_str(), Look::Plain));
    }
    post.buttons(buttons)
        .context(&format!("#{seq} · {} · {}", hash.short(), event.at))
        .build()
}

fn writer(event: &Event) -> &str {
    match &event.actor {
        Actor::Person(person) => person.name.split_whitespace().next().unwrap_or(&person.name),
        Actor::Apono if event.via == Via::Cli => "The operator",
        Actor::Apono => "apono",
        Actor::Stranger { .. } => "Somebody",
    }
}
