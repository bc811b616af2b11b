//! The window in which an admin, or somebody who approved it, ends somebody else's access and says why.

use slack_morphism::prelude::*;

use crate::access::request::State;
use crate::slack::actions::FormKind;
use crate::telling::wording;
use crate::usecases::look::RequestView;

use super::kit::{rich, shorten_title};
use super::reject::{needed_reason_input, reason_input};
use super::text::clean;

/// `optional` says whether they may leave the reason out: approvers may not.
pub fn end_modal(view: &RequestView, optional: bool) -> SlackView {
    let (who, access) = (
        wording::grantee(&view.about).named(),
        wording::access(&view.about),
    );
    let what = if view.request.state == State::Approved {
        format!("{who} does not get {access}.")
    } else {
        format!(
            "{who} loses {access} {}.",
            wording::early_end(view.guarantees.as_ref())
        )
    };
    let hint = "Shown in the audit channel.";
    let reason = if optional {
        reason_input("Reason", hint, None)
    } else {
        needed_reason_input("Reason", hint)
    };
    let title = format!("Revoke {}", view.request.number);
    let modal = SlackModalView::new(
        shorten_title(&title),
        vec![rich(vec![clean(&what).into()]), reason],
    )
    .with_callback_id(FormKind::End.name().into())
    .with_private_metadata(view.request.id.to_string())
    .with_submit("Revoke".into())
    .with_close("Keep it".into());
    SlackView::Modal(modal)
}
