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
use crate::telling::phrase::phrase;
use crate::telling::{Phrase, wording};

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

fn what_ends(scope: &Scope, extent: &Extent) -> String {
    let live = match extent.counts.granted {
        0 => None,
        1 => Some("1 live grant".to_owned()),
        count => Some(format!("{count} live grants")),
    };
    let approved = match extent.counts.approved {
        0 => None,
        1 => Some("1 approved request in progress".to_owned()),
        count => Some(format!("{count} approved requests in progress")),
    };
    let all: Vec<String> = live
        .into_iter()
        .chain(approved)
        .chain(wording::strays(extent.strays))
        .collect();
    let all = all.join(" and ");
    match scope {
        Scope::Of(person) => {
            format!(
                "This ends {all}: everything {} ({}) has.",
                person.name, person.account.user
            )
        }
        Scope::On(integration) => format!("This ends {all}: everything on {integration}, whoever has it."),
    }
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

fn besides(scope: &Scope, extent: &Extent, guarantees: Option<&Guarantees>) -> Vec<String> {
    let mut sentences = Vec::new();
    if let (Scope::On(integration), Some(_), 1..) = (scope, guarantees, extent.counts.granted) {
        let how = wording::early_end(guarantees);
        sentences.push(format!("Access to {integration} ends {how}."));
    }
    let waiting = match extent.counts.pending {
        0 => None,
        1 => Some("1 request is waiting for an answer and stays".to_owned()),
        count => Some(format!("{count} requests are waiting for an answer and stay")),
    };
    if let Some(waiting) = waiting {
        sentences.push(match scope {
            Scope::Of(person) if extent.may_brake => {
                format!("{waiting}, unless {} is also blocked.", person.name)
            }
            Scope::Of(_) => format!("{waiting}."),
            Scope::On(integration) => {
                format!("{waiting}; while {integration} is frozen, nothing is granted on it.")
            }
        });
    }
    match extent.counts.revoking {
        0 => {}
        1 => sentences.push("1 more is already being revoked.".to_owned()),
        count => sentences.push(format!("{count} more are already being revoked.")),
    }
    sentences
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
    let (nothing, brake) = match scope {
        Scope::Of(person) => (
            format!(
                "{} has no live access and no approved requests in progress",
                escape(&clean(&person.name))
            ),
            "`/apono block` stops them from getting new access.".to_owned(),
        ),
        Scope::On(integration) => (
            format!(
                "{} has no live access and no approved requests in progress",
                escape(integration)
            ),
            format!("`/apono freeze {}` keeps it that way.", escape(integration)),
        ),
    };
    let mut sentence = format!("{nothing}, so there is nothing to revoke.");
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
    let all = match scope {
        Scope::Of(person) => format!("everything {} had", person.name),
        Scope::On(integration) => format!("everything on {integration}"),
    };
    let requests = match pressed.requests {
        0 if pressed.strays > 0 => None,
        0 => Some("There was no live access or approved request left, so nothing is revoked.".to_owned()),
        1 => Some(format!(
            "1 request is being revoked: {all}. Its card will say when the target has confirmed it."
        )),
        count => Some(format!(
            "{count} requests are being revoked: {all}. Their cards will say when the target has confirmed it."
        )),
    };
    let strays = wording::strays(pressed.strays).map(|strays| {
        format!("Being revoked: {strays}. The audit channel will say when the target has confirmed it.")
    });
    let kept_out = braked.then(|| match scope {
        Scope::Of(person) => format!(
            "{} is blocked, and their waiting requests are closed.",
            person.name
        ),
        Scope::On(integration) => format!("{integration} is frozen."),
    });
    let said: Vec<String> = requests.into_iter().chain(strays).chain(kept_out).collect();
    let said = said.join(" ");
    reading_modal(TITLE, vec![rich(vec![clean(&said).into()])])
}
