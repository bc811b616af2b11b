//! The messages of the audit channel, made from the stored event alone (and people's words, which stand apart).
//!
//! Content and order are agreed in the design's `audit-channel.md`. A post is never edited afterwards.

mod day;
pub mod digest;
mod fields;
mod headline;
mod on_target;
pub mod policy;
mod restored;

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::access::ids::TextId;
use crate::audit::chain::Hash;
use crate::audit::event::{Actor, Event, Via, What};
use crate::audit::restored::Restored;
use crate::audit::words::WordsRef;
use crate::slack::actions;

use super::kit::{Look, Post, PostBuilder, button};
use fields::{base_fields, more_fields};
use headline::Headline;

const WORDS: usize = 500;

/// Where a post stands in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On its own, or as the first of its request's thread.
    TopLevel,
    /// In the thread of its request.
    Thread,
    /// In the thread, and shown to the whole channel.
    Broadcast,
}

/// Where the post of `event` belongs.
pub fn place(event: &Event) -> Place {
    if event.request.is_none() && !matches!(event.what, What::PolicyChangedFurther { .. }) {
        return Place::TopLevel;
    }
    match event.what {
        What::Requested { .. }
        | What::Genesis
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. }
        | What::ReloadRefused { .. }
        | What::TokensExchanged { .. }
        | What::AuthorityRecorded { .. }
        | What::AuthorityRefused { .. }
        | What::Blocked { .. }
        | What::Unblocked { .. }
        | What::Frozen { .. }
        | What::Thawed { .. }
        | What::RevokeAll { .. }
        | What::Joined { .. }
        | What::AddressAccepted { .. }
        | What::RefusedAgain { .. }
        | What::Restored(_)
        | What::Day(_) => Place::TopLevel,
        What::OnTarget(ref found) => on_target::place(found),
        What::NotReached { others: 0, .. }
        | What::Granted { .. }
        | What::Extended { .. }
        | What::Revoked(_)
        | What::Expired(_)
        | What::Failed { .. } => Place::Broadcast,
        What::Approved { .. }
        | What::Rejected { .. }
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Revoking { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::TurnedDown { .. }
        | What::NotReached { .. }
        | What::Overdue(_)
        | What::Refused { .. }
        | What::ExtensionAsked { .. }
        | What::ExtensionConfirmed { .. }
        | What::ExtensionRejected { .. }
        | What::ExtensionLapsed { .. }
        | What::ExtensionFailed { .. }
        | What::PolicyChangedFurther { .. } => Place::Thread,
    }
}

/// The words that the post of `event` quotes.
pub fn quotes(event: &Event) -> Option<&TextId> {
    words_ref(&event.what).map(|words| &words.id)
}

fn words_ref(what: &What) -> Option<&WordsRef> {
    match what {
        What::Requested { justification, .. } => Some(justification),
        What::Approved { reason, .. }
        | What::Rejected { reason, .. }
        | What::Blocked { reason, .. }
        | What::Frozen { reason, .. }
        | What::RevokeAll { reason, .. }
        | What::ExtensionRejected { reason, .. } => reason.as_ref(),
        What::ExtensionAsked { words, .. } | What::Extended { words, .. } => words.as_ref(),
        What::Restored(Restored::Accepted { reason, .. } | Restored::Moved { reason, .. }) => Some(reason),
        What::Genesis
        | What::Restored(Restored::Found { .. })
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Granted { .. }
        | What::Revoking { .. }
        | What::Revoked(_)
        | What::Expired(_)
        | What::Failed { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::Refused { .. }
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. }
        | What::PolicyChangedFurther { .. }
        | What::ReloadRefused { .. }
        | What::TokensExchanged { .. }
        | What::AuthorityRecorded { .. }
        | What::AuthorityRefused { .. }
        | What::Day(_)
        | What::Overdue(_)
        | What::ExtensionConfirmed { .. }
        | What::ExtensionLapsed { .. }
        | What::ExtensionFailed { .. }
        | What::TurnedDown { .. }
        | What::NotReached { .. }
        | What::Unblocked { .. }
        | What::Thawed { .. }
        | What::Joined { .. }
        | What::AddressAccepted { .. }
        | What::RefusedAgain { .. }
        | What::OnTarget(_) => None,
    }
}

/// The post of one event. `words` is what [`quotes`] names, unless it was redacted.
pub fn post(seq: u64, hash: &Hash, event: &Event, words: Option<&str>) -> Post {
    post_with(seq, hash, event, words, Alarm::default())
}

/// What an alarm has besides.
#[derive(Debug, Default)]
pub(super) struct Alarm<'a> {
    /// Members.
    pub(super) mentioned: &'a [String],
    pub(super) buttons: Vec<SlackBlockButtonElement>,
}

/// The post of one event as an alarm.
pub(super) fn post_with(seq: u64, hash: &Hash, event: &Event, words: Option<&str>, alarm: Alarm<'_>) -> Post {
    let headline = Headline::of(event);
    let mut fields = Vec::new();
    if let Some(about) = &event.request {
        fields.extend(base_fields(about));
    }
    fields.extend(more_fields(event));
    let mut post = PostBuilder::default().headline(headline.emoji, headline.word, &headline.rest);
    if !fields.is_empty() {
        post = post.fields(&fields);
    }
    post = post.whole(policy::differences(&event.what));
    if let Some((label, error)) = fields::error(&event.what) {
        post = post.long(label, error);
    }
    if let Some(words) = words {
        post = post.words(writer(event), words, WORDS);
    }
    post = post.mention(alarm.mentioned);
    let mut buttons = alarm.buttons;
    if let Some(about) = &event.request {
        buttons.push(button(actions::OPEN, "Open", about.id.as_str(), Look::Plain));
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
