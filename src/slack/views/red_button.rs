//! The red button: the window that asks before everything of one person, or everything on an integration, ends.

use serde::{Deserialize, Serialize};
use slack_morphism::prelude::*;

use crate::access::ids::SubmissionId;
use crate::integrations::Guarantees;
use crate::slack::actions::{self, FormKind};
use crate::usecases::red_button::{Ending, Extent, Pressed, Scope};

use super::kit::{PostBuilder, reading_modal, rich, shorten_title, tick_box};
use super::lists::access;
use super::reject::reason_input;
use super::text::{clean, escape};
use crate::telling::Phrase;
use crate::telling::phrase::phrase;
use crate::telling::red_button::{CARDS, besides, nothing, said, what_ends};

const TITLE: &str = "Revoke all";

/// A window came back with metadata that ours never have.
pub const UNREADABLE: &str = "I can no longer read this window. Please close it and type the command again.";

/// How many requests the window names before "and 7 more".
pub const NAMED: u64 = 5;

/// Whose access, or which integration, as the admin named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// A Slack user id.
    Person {
        user: String,
    },
    Integration {
        name: String,
    },
}

/// What the window is about. It comes back through the client and carries no authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub form: SubmissionId,
    pub named: Named,
}

impl Asked {
    /// The window's metadata.
    pub fn metadata(&self) -> String {
        serde_json::to_string(self).expect("a struct of texts is JSON")
    }

    /// The reverse of [`Asked::metadata`].
    pub fn of_metadata(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Says what would end, and asks for confirmation. `reason` is what the admin wrote after the command.
pub fn modal(
    asked: &Asked,
    scope: &Scope,
    extent: &Extent,
    guarantees: Option<&Guarantees>,
    reason: Option<&str>,
) -> SlackView {
    let mut text = PostBuilder::default().line(what_ends(scope, extent));
    for ending in &extent.first {
        text = text.item(ending.request.number, what_it_is(scope, ending));
    }
    let all = extent.counts.granted + extent.counts.approved;
    let more = all.saturating_sub(u64::try_from(extent.first.len()).unwrap_or(u64::MAX));
    if more > 0 {
        text = text.line(format!("and {more} more."));
    }
    for sentence in besides(scope, extent, guarantees) {
        text = text.line(&sentence);
    }
    let mut blocks = text.build().blocks;
    blocks.push(reason_input("Reason", "Shown in the audit channel.", reason));
    if extent.may_brake {
        blocks.push(brake_input(scope));
    }
    let modal = SlackModalView::new(shorten_title(TITLE), blocks)
        .with_callback_id(FormKind::RedButton.name().into())
        .with_private_metadata(asked.metadata())
        .with_submit(TITLE.into())
        .with_close("Keep it".into());
    SlackView::Modal(modal)
}

fn what_it_is(scope: &Scope, ending: &Ending) -> Phrase {
    let whose = match scope {
        Scope::Of(_) => String::new(),
        Scope::On(_) => format!("{}: ", ending.grantee.name),
    };
    let until = ending.until.map_or_else(
        || "approved, not granted yet".into(),
        |until| phrase!("until {}", until),
    );
    phrase!("{}{}, {}", whose, access(&ending.request), until)
}

fn brake_input(scope: &Scope) -> SlackBlock {
    let (label, hint) = match scope {
        Scope::Of(person) => (
            format!("Also block {}", person.name),
            "They get nothing more and cannot decide anything until an admin unblocks them, and their waiting requests are closed.",
        ),
        Scope::On(integration) => (
            format!("Also freeze {integration}"),
            "Nothing new can be requested or granted on it until an admin thaws it.",
        ),
    };
    SlackInputBlock::new("And from now on".into(), tick_box(actions::BRAKE, &label).into())
        .with_block_id(actions::BRAKE.into())
        .with_hint(hint.into())
        .with_optional(true)
        .into()
}

/// Instead of the window, when nothing would end; as text.
pub fn nothing_to_end(scope: &Scope, extent: &Extent) -> String {
    let brake = match scope {
        Scope::Of(_) => "`/apono block` stops them from getting new access.".to_owned(),
        Scope::On(integration) => format!("`/apono freeze {}` keeps it that way.", escape(integration)),
    };
    let mut sentence = escape(&clean(&nothing(scope)));
    if extent.may_brake {
        sentence = format!("{sentence} {brake}");
    }
    match extent.counts.revoking {
        0 => sentence,
        1 => format!("{sentence} 1 request is already being revoked."),
        count => format!("{sentence} {count} requests are already being revoked."),
    }
}

/// Replaces the window once the button was pressed. Nothing says "revoked" until the targets were read back.
pub fn pressed_modal(scope: &Scope, pressed: Pressed, braked: bool) -> SlackView {
    let said = said(scope, pressed, braked, CARDS);
    reading_modal(TITLE, vec![rich(vec![clean(&said).into()])])
}
