//! The window in which an admin, or somebody who approved it, ends somebody else's access and says why.

use slack_morphism::prelude::*;

use crate::slack::actions::FormKind;
use crate::telling::wording;
use crate::usecases::look::RequestView;

use super::kit::{rich, shorten_title};
use super::reject::reason_input;
use super::text::clean;

pub fn end_modal(view: &RequestView) -> SlackView {
    let what = format!(
        "{} loses {} {}.",
        wording::grantee(&view.about).named(),
        wording::access(&view.about),
        wording::early_end(view.guarantees.as_ref())
    );
    let reason = reason_input(
        "Reason",
        "Shown in the audit channel. Approvers have to give one.",
        None,
    );
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
