//! The windows that show long lists of resources and permissions whole before they are approved.

use slack_morphism::prelude::*;

use crate::access::duration::spoken;
use crate::slack::actions;
use crate::usecases::look::{ExtensionView, RequestView};

use super::extension::value;
use super::kit::{paragraphs, rich, shorten_title};
use super::reject::reason_input;
use super::text::clean;
use super::wording;

/// Shows what is asked for, whole; only its button approves.
pub fn approve_modal(view: &RequestView) -> SlackView {
    let about = &view.about;
    let what = format!(
        "{} asks for all of this on {}, for {}.",
        about.requester.named(),
        about.integration,
        wording::duration(about)
    );
    modal(view, &what, actions::APPROVE_FORM, view.request.id.to_string())
}

/// The same for more time.
pub fn extension_modal(view: &RequestView, asked: &ExtensionView) -> SlackView {
    let what = format!(
        "{} asks for {} more of all of this on {}.",
        asked.asked_by.named(),
        spoken(asked.extension.added),
        view.about.integration
    );
    let about = value(&view.request.id, asked.extension.position);
    modal(view, &what, actions::EXTEND_APPROVE_FORM, about)
}

fn modal(view: &RequestView, what: &str, form: &str, about: String) -> SlackView {
    let permissions = format!("Permissions: {}", view.about.permissions.join(", "));
    let resources = format!("Resources: {}", wording::resources(&view.about));
    let mut blocks = vec![rich(vec![clean(what).into()])];
    blocks.extend(paragraphs(&clean(&permissions)));
    blocks.extend(paragraphs(&clean(&resources)));
    blocks.push(reason_input(
        "Reason",
        "The requester and the audit channel read it.",
        None,
    ));
    let modal = SlackModalView::new(shorten_title(&format!("Approve {}", view.request.number)), blocks)
        .with_callback_id(form.into())
        .with_private_metadata(about)
        .with_submit("Approve".into())
        .with_close("Back".into());
    SlackView::Modal(modal)
}
