//! The small modals that ask why a request or an extension is rejected.

use slack_morphism::prelude::*;

use crate::access::duration::spoken;
use crate::slack::actions::{self, FormKind};
use crate::usecases::look::{ExtensionView, RequestView};

use super::extension::value;
use super::kit::{rich, shorten_title};
use super::text::{clean, shorten};
use crate::telling::wording;

/// Longest reason that is kept, in characters.
const MAX_REASON: u16 = 1_000;

/// Asks for a reason, which is optional.
pub fn reject_modal(view: &RequestView) -> SlackView {
    let about = &view.about;
    let what = format!(
        "{} asks for {} for {}.",
        about.requester.named(),
        wording::access(about),
        wording::duration(about)
    );
    let title = format!("Reject {}", view.request.number);
    modal(&title, &what, FormKind::Reject, view.request.id.to_string())
}

/// The same for more time.
pub fn extension_modal(view: &RequestView, asked: &ExtensionView) -> SlackView {
    let what = format!(
        "{0} asks to extend {2} by {1}.",
        asked.asked_by.named(),
        spoken(asked.extension.added),
        wording::access(&view.about)
    );
    let title = format!("Reject for {}", view.request.number);
    let about = value(&view.request.id, asked.extension.position);
    modal(&title, &what, FormKind::ExtendReject, about)
}

fn modal(title: &str, what: &str, form: FormKind, about: String) -> SlackView {
    let modal = SlackModalView::new(
        shorten_title(title),
        vec![rich(vec![clean(what).into()]), decision_input()],
    )
    .with_callback_id(form.name().into())
    .with_private_metadata(about)
    .with_submit("Reject".into())
    .with_close("Back".into());
    SlackView::Modal(modal)
}

/// The reason for a decision.
pub(super) fn decision_input() -> SlackBlock {
    reason_input("Reason", "Shown to the requester and in the audit channel.", None)
}

/// Somebody's own words, which are optional; `written` is the text that is already there.
pub(super) fn reason_input(label: &str, hint: &str, written: Option<&str>) -> SlackBlock {
    input(label, hint, written).with_optional(true).into()
}

/// The same, if it has to be said.
pub(super) fn needed_reason_input(label: &str, hint: &str) -> SlackBlock {
    input(label, hint, None).into()
}

fn input(label: &str, hint: &str, written: Option<&str>) -> SlackInputBlock {
    let reason = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::REASON.into())
        .with_multiline(true)
        .with_max_length(MAX_REASON.into())
        .opt_initial_value(written.map(|words| shorten(words, MAX_REASON.into())))
        .with_focus_on_load(true);
    SlackInputBlock::new(label.into(), reason.into())
        .with_block_id(actions::REASON.into())
        .with_hint(hint.into())
}
