//! One request in full: its fields, its state and its history.

use slack_morphism::prelude::*;

use crate::access::request::State;
use crate::slack::actions::Button;
use crate::store::{Page, Paged, StoredEvent};
use crate::telling::phrase::phrase;
use crate::telling::request::{To, end, mark, not_yet, standing, used};
use crate::telling::{Phrase, told, wording};
use crate::usecases::look::RequestView;
use crate::usecases::revoke::Part;

use super::card;
use super::kit::{Look, Post, PostBuilder, button, reading_modal, rich};
use super::listing::Reading;
use super::lists::history_line;
use super::text::clean;

/// How many of the latest events are shown.
pub const EVENTS: u64 = 20;

/// As an answer to a command. `part` is by which right the reader may end it.
pub fn details(view: &RequestView, events: &Paged<StoredEvent>, part: Option<Part>) -> Post {
    gather(view, events, part)
}

/// As a modal.
pub fn details_modal(view: &RequestView, events: &Paged<StoredEvent>, part: Option<Part>) -> SlackView {
    reading_modal(
        &view.request.number.to_string(),
        gather(view, events, part).blocks,
    )
}

/// What the reader can do now. Each click is checked again.
fn buttons(view: &RequestView, part: Option<Part>) -> Vec<SlackBlockButtonElement> {
    match (part, view.request.state) {
        (Some(Part::Holder), _) => card::requester_buttons(view),
        (Some(Part::Admin | Part::Approver), State::Granted | State::Approved) => {
            let id = view.request.id.as_str();
            vec![button(Button::End, "Revoke", id, Look::Danger)]
        }
        (Some(Part::Admin | Part::Approver) | None, _) => Vec::new(),
    }
}

/// Replaces a form that asked for access that already exists.
pub fn instead_modal(sentence: &str, view: &RequestView, events: &Paged<StoredEvent>) -> SlackView {
    let mut blocks = vec![rich(vec![clean(sentence).into()])];
    blocks.extend(gather(view, events, None).blocks);
    reading_modal(&view.request.number.to_string(), blocks)
}

fn gather(view: &RequestView, events: &Paged<StoredEvent>, part: Option<Part>) -> Post {
    let about = &view.about;
    let state = view.request.state;
    let word = format!("{} · {}", view.request.number, state.word());
    let kind = format!("{} ({}, {})", about.integration, about.kind, about.resource_type);
    let mut fields: Vec<(&str, Phrase)> = vec![
        ("Requester", wording::person(&about.requester).into()),
        ("Integration", kind.into()),
        ("Resources", wording::resources(about).into()),
        ("Permissions", about.permissions.join(", ").into()),
    ];
    fields.extend(wording::sensitive(&view.sensitive).map(|marked| ("Sensitive", marked.into())));
    fields.extend([
        ("Duration", wording::duration(about).into()),
        ("Access flow", wording::flows(about).into()),
    ]);
    if let Some(grant) = &view.grant {
        fields.push(("Target account", grant.granted.principal.as_str().into()));
    }
    if let Some(end) = end(view) {
        fields.push((end.label, end.value));
    }
    fields.extend(used(view).into_iter().map(|field| (field.label, field.value)));
    if let Some(why) = not_yet(view) {
        fields.push((why.label, why.value));
    }
    let mut post = PostBuilder::default()
        .headline(mark(state), &word, wording::access(about))
        .fields(&fields);
    if let Some(words) = &view.justification {
        post = post.linked_words(&about.requester.name, words, 1_000, &view.link_hosts);
    }
    let to = match part {
        Some(Part::Holder) => To::Requester,
        Some(Part::Admin | Part::Approver) | None => To::Others,
    };
    post = post.line(standing(view, to));
    let mut buttons = buttons(view, part);
    if events.older {
        post = post.line("Earlier events are not shown here.");
        let history = Reading::History {
            request: view.request.id.clone(),
            page: Page::First,
        };
        buttons.push(button(
            Button::Read,
            "Full history",
            &history.value(),
            Look::Plain,
        ));
    }
    for stored in events.items.iter().rev() {
        let event = &stored.event;
        post = post.line(phrase!("{}  {}", event.at, history_line(told(event))));
    }
    post.buttons(buttons).build()
}
