//! The windows that show long lists of resources and permissions in full before they are approved.

use slack_morphism::prelude::*;

use crate::access::duration::spoken;
use crate::access::time::Timestamp;
use crate::audit::event::RequestFacts;
use crate::slack::actions::{Button, FormKind};
use crate::usecases::look::{ExtensionView, RequestView};

use super::extension::value;
use super::kit::{Look, button, said, shorten_title};
use super::paragraphs::paragraphs;
use super::reject::decision_input;
use super::text::clean;
use crate::telling::phrase::phrase;
use crate::telling::{Phrase, wording};

/// How long the lists on a card can be before Slack folds them, in characters.
const UNFOLDED: usize = 1_500;

/// The button of a card: it approves at once, or, if Slack folds the lists, opens the window that shows all of them.
pub(super) fn approve_button(
    about: &RequestFacts,
    value: &str,
    at_once: Button,
    opens_all: Button,
) -> SlackBlockButtonElement {
    let names = about.resources.iter().chain(&about.permissions);
    let action = if is_folded(names.map(String::as_str)) {
        opens_all
    } else {
        at_once
    };
    button(action, "Approve", value, Look::Primary)
}

/// Whether these resources and permissions are so many that Slack folds them away on a card: then they are opened before
/// they are approved.
pub fn is_folded<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let lengths = names.into_iter().map(|name| name.chars().count() + 2);
    lengths.sum::<usize>() > UNFOLDED
}

/// Shows everything that is requested; only its button approves.
pub fn approve_modal(view: &RequestView, now: Timestamp) -> SlackView {
    let about = &view.about;
    let what = phrase!(
        "{} asks for all of this on {}, for {}: until about {} if approved now.",
        about.requester.named(),
        about.integration.as_str(),
        wording::duration(about),
        now.plus(view.request.duration)
    );
    modal(view, what, FormKind::Approve, view.request.id.to_string())
}

/// The same for more time.
pub fn extension_modal(view: &RequestView, asked: &ExtensionView) -> SlackView {
    let what = format!(
        "{0} asks to extend all of this on {2} by {1}.",
        asked.asked_by.named(),
        spoken(asked.extension.added),
        view.about.integration
    );
    let about = value(&view.request.id, asked.extension.position);
    modal(view, what.into(), FormKind::ExtendApprove, about)
}

fn modal(view: &RequestView, what: Phrase, form: FormKind, about: String) -> SlackView {
    let permissions = format!("Permissions: {}", view.about.permissions.join(", "));
    let resources = format!("Resources: {}", wording::resources(&view.about));
    let mut blocks = vec![said(what)];
    blocks.extend(paragraphs(&clean(&permissions)));
    blocks.extend(paragraphs(&clean(&resources)));
    blocks.push(decision_input());
    let modal = SlackModalView::new(shorten_title(&format!("Approve {}", view.request.number)), blocks)
        .with_callback_id(form.name().into())
        .with_private_metadata(about)
        .with_submit("Approve".into())
        .with_close("Back".into());
    SlackView::Modal(modal)
}
