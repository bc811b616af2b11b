//! Extensions of live access: the state of an extension, in words.

use crate::access::extension::ExtensionState;
use crate::access::flows::Extensions;
use crate::access::request::State;
use crate::usecases::look::{ExtensionView, RequestView};

use super::phrase::{Phrase, phrase};
use super::wording;

/// The mark and the word for its state.
pub fn mark(view: &RequestView, state: ExtensionState) -> (&'static str, &'static str) {
    match state {
        ExtensionState::Pending if view.request.state == State::Granted => ("📝", "Extension requested"),
        ExtensionState::Pending | ExtensionState::Lapsed => ("⌛", "Extension lapsed"),
        ExtensionState::OnItsWay => ("⏳", "Extension in progress"),
        ExtensionState::Applied => ("⏱️", "Extended"),
        ExtensionState::Rejected => ("❌", "Extension rejected"),
        ExtensionState::Failed => ("⚠️", "Extension failed"),
    }
}

/// The state of an extension, and who decided it.
pub fn outcome(view: &RequestView, asked: &ExtensionView) -> Phrase {
    let until = view.grant.as_ref().map(|grant| grant.until);
    let ends = until.map_or_else(Phrase::default, |until| phrase!("It ends at {}.", until));
    let now = match asked.extension.state {
        ExtensionState::Pending => match (view.request.state, until) {
            (State::Granted, Some(until)) => vec![phrase!(
                "Waiting for an answer. The access ends at {}, or at {} if the extension is approved.",
                until,
                until.plus(asked.extension.added)
            )],
            _ => vec!["The access ended before anybody answered.".into()],
        },
        ExtensionState::OnItsWay => vec![ends, "The target has not confirmed that yet.".into()],
        ExtensionState::Applied => {
            let confirmed = asked.extension.until;
            let confirmed = confirmed.map(|until| phrase!("The target confirmed the new end: {}.", until));
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

/// What may be added to live access, and by whose leave.
pub fn on_offer(view: &RequestView, rule: &Extensions) -> Phrase {
    let used = view
        .extensions
        .iter()
        .filter(|other| other.extension.state.counts())
        .count();
    let left = (rule.times as usize).saturating_sub(used);
    let ends = view
        .grant
        .as_ref()
        .map_or_else(Phrase::default, |grant| phrase!(" ends at {}", grant.until));
    let how_often = if left == 1 {
        "once more".to_owned()
    } else {
        format!("{left} more times")
    };
    let asked = if rule.ask_again {
        " The approvers are asked first."
    } else {
        ""
    };
    phrase!(
        "{}{}. It can be extended {}, by at most {} each time.{}",
        wording::access(&view.about),
        ends,
        how_often,
        rule.each,
        asked
    )
}

/// What a card of live access says about its last extension while that is not settled.
pub fn under_way(view: &RequestView) -> Option<Phrase> {
    let last = view.extensions.last()?;
    let added = last.extension.added;
    match last.extension.state {
        ExtensionState::Pending => Some(phrase!("An extension of {} is waiting for an answer.", added)),
        ExtensionState::OnItsWay => Some(match view.grant.as_ref()?.target_deadline {
            Some(held) => phrase!(
                "The extension of {} is in progress: until the target confirms it, new logins work only until {}.",
                added,
                held
            ),
            None => phrase!(
                "The extension of {} is in progress; the target has not confirmed it yet.",
                added
            ),
        }),
        ExtensionState::Applied
        | ExtensionState::Rejected
        | ExtensionState::Lapsed
        | ExtensionState::Failed => None,
    }
}
