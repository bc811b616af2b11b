//! What is said about more time for live access: where an extension stands.

use crate::access::extension::ExtensionState;
use crate::access::request::State;
use crate::usecases::look::{ExtensionView, RequestView};

use super::phrase::{Phrase, phrase};
use super::wording;

/// What its state looks like, and the word for it.
pub fn mark(view: &RequestView, state: ExtensionState) -> (&'static str, &'static str) {
    match state {
        ExtensionState::Pending if view.request.state == State::Granted => ("📝", "Extension asked for"),
        ExtensionState::Pending | ExtensionState::Lapsed => ("⌛", "Extension lapsed"),
        ExtensionState::OnItsWay => ("⏳", "Extension on its way"),
        ExtensionState::Applied => ("⏱️", "Extended"),
        ExtensionState::Rejected => ("❌", "Extension rejected"),
        ExtensionState::Failed => ("⚠️", "Extension failed"),
    }
}

/// Where an extension stands and who made it so.
pub fn outcome(view: &RequestView, asked: &ExtensionView) -> Phrase {
    let until = view.grant.as_ref().map(|grant| grant.until);
    let ends = until.map_or_else(Phrase::default, |until| phrase!("It ends at {}.", until));
    let now = match asked.extension.state {
        ExtensionState::Pending => match (view.request.state, until) {
            (State::Granted, Some(until)) => vec![phrase!(
                "Waiting for an answer; without one the access ends at {}, and with it at {}.",
                until,
                until.plus(asked.extension.added)
            )],
            _ => vec!["The access ended before anybody answered.".into()],
        },
        ExtensionState::OnItsWay => vec![ends, "The target has not confirmed that yet.".into()],
        ExtensionState::Applied => {
            let confirmed = asked.extension.until;
            let confirmed = confirmed.map(|until| phrase!("The target confirmed {} as the end.", until));
            confirmed.into_iter().collect()
        }
        ExtensionState::Rejected => vec![ends],
        ExtensionState::Lapsed if view.request.state == State::Granted => {
            vec!["Nobody answered in time.".into(), ends]
        }
        ExtensionState::Lapsed => vec!["The access ended before anybody answered.".into()],
        ExtensionState::Failed => vec!["The target refused it.".into(), ends],
    };
    let said = std::iter::once(decided(asked)).chain(now);
    Phrase::joined(said.filter(|phrase| !phrase.is_empty()), " ")
}

fn decided(asked: &ExtensionView) -> Phrase {
    let (Some(by), Some((_, because))) = (&asked.decided_by, &asked.extension.decided_by) else {
        return Phrase::default();
    };
    let verb = if asked.extension.state == ExtensionState::Rejected {
        "Rejected"
    } else {
        "Approved"
    };
    phrase!(
        "{} by {}, {}{}.",
        verb,
        by,
        wording::decided_as(because),
        wording::reason(asked.reason.as_deref())
    )
}

/// What is said of live access about its last extension, if that is not settled yet.
pub fn under_way(view: &RequestView) -> Option<Phrase> {
    let last = view.extensions.last()?;
    let added = last.extension.added;
    match last.extension.state {
        ExtensionState::Pending => Some(phrase!("An extension by {} waits for an answer.", added)),
        ExtensionState::OnItsWay => Some(match view.grant.as_ref()?.target_deadline {
            Some(held) => phrase!(
                "The extension by {} is on its way: until the target confirms it, new logins end at {}.",
                added,
                held
            ),
            None => phrase!(
                "The extension by {} is on its way; the target has not confirmed it yet.",
                added
            ),
        }),
        ExtensionState::Applied
        | ExtensionState::Rejected
        | ExtensionState::Lapsed
        | ExtensionState::Failed => None,
    }
}
