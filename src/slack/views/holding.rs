//! The buttons of somebody who has access: on its card, in lists, and where it is shown in full. Each click is checked again.

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::integrations::Guarantees;
use crate::slack::actions::Button;
use crate::telling::wording;

use super::kit::{Look, button, confirm};
use super::text::clean;

/// For live access of the reader's own.
pub(super) fn buttons(
    id: &str,
    access: &str,
    may_extend: bool,
    guarantees: Option<&Guarantees>,
) -> Vec<SlackBlockButtonElement> {
    let extend = may_extend.then(|| button(Button::Extend, "Extend", id, Look::Plain));
    let revoke = button(Button::Revoke, "Revoke", id, Look::Danger).with_confirm(confirm(
        "Give the access back?",
        &format!("{} ends {}.", clean(access), wording::early_end(guarantees)),
        "Revoke",
    ));
    [
        Some(button(Button::Connect, "Connect", id, Look::Primary)),
        extend,
        Some(revoke),
    ]
    .into_iter()
    .flatten()
    .collect()
}
