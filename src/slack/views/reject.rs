//! The small modal that asks why a request is rejected.

use slack_morphism::prelude::*;

use crate::access::ids::RequestId;
use crate::slack::actions::{self, FormKind};
use crate::usecases::look::RequestView;

use super::kit::{rich, shorten_title};
use super::text::{clean, shorten};
use crate::telling::wording;

/// Longest reason that is kept, in characters.
const MAX_REASON: u16 = 1_000;

/// Asks for a reason, which may be left out.
pub fn reject_modal(view: &RequestView) -> SlackView {
    let about = &view.about;
    let what = format!(
        "{} asks for {} for {}.",
        about.requester.named(),
        wording::access(about),
        wording::duration(about)
    );
    let input = reason_input("Reason", "The requester and the audit channel read it.", None);
    let modal = SlackModalView::new(
        shorten_title(&format!("Reject {}", view.request.number)),
        vec![rich(vec![clean(&what).into()]), input],
    )
    .with_callback_id(FormKind::Reject.name().into())
    .with_private_metadata(view.request.id.to_string())
    .with_submit("Reject".into())
    .with_close("Back".into());
    SlackView::Modal(modal)
}

/// Somebody's own words, which may be left out; `written` are those that stand there already.
pub(super) fn reason_input(label: &str, hint: &str, written: Option<&str>) -> SlackBlock {
    let reason = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::REASON.into())
        .with_multiline(true)
        .with_max_length(MAX_REASON.into())
        .opt_initial_value(written.map(|words| shorten(words, MAX_REASON.into())))
        .with_focus_on_load(true);
    SlackInputBlock::new(label.into(), reason.into())
        .with_block_id(actions::REASON.into())
        .with_hint(hint.into())
        .with_optional(true)
        .into()
}

/// The request that a rejection form is about. It comes back through the client and carries no authority.
pub fn request_of(private_metadata: &str) -> RequestId {
    RequestId::new(private_metadata)
}
