//! The window that shows all of a long list of resources before it is approved.

use slack_morphism::prelude::*;

use crate::slack::actions;
use crate::usecases::look::RequestView;

use super::kit::{paragraphs, rich, shorten_title};
use super::reject::reason_input;
use super::text::clean;
use super::wording;

/// Shows what is asked for, whole; only its button approves.
pub fn approve_modal(view: &RequestView) -> SlackView {
    let about = &view.about;
    let what = format!(
        "{} asks for {} on all of these {} resources of {}, for {}:",
        about.requester.named(),
        about.permissions.join(", "),
        about.resources.len(),
        about.integration,
        wording::duration(about)
    );
    let mut blocks = vec![rich(vec![clean(&what).into()])];
    blocks.extend(paragraphs(&clean(&wording::resources(about))));
    blocks.push(reason_input(
        "Reason",
        "The requester and the audit channel read it.",
        None,
    ));
    let modal = SlackModalView::new(shorten_title(&format!("Approve {}", view.request.number)), blocks)
        .with_callback_id(actions::APPROVE_FORM.into())
        .with_private_metadata(view.request.id.to_string())
        .with_submit("Approve".into())
        .with_close("Back".into());
    SlackView::Modal(modal)
}
