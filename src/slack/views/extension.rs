//! What people read about more time for live access: the approver's card, the forms, and what the requester's card says.

use slack_morphism::prelude::*;

use crate::access::duration::{compact, spoken};
use crate::access::extension::ExtensionState;
use crate::access::flows::Extensions;
use crate::access::ids::RequestId;
use crate::access::people::Because;
use crate::access::request::State;
use crate::slack::actions::{self, Button, FormKind};
use crate::usecases::look::{ExtensionView, RequestView};

use super::approve::approve_button;
use super::kit::{Look, Post, PostBuilder, button, rich, shorten_title};
use super::reject::reason_input;
use super::text::clean;
use crate::telling::wording;

/// What a button about an extension carries: the request and the extension's position. It carries no authority.
pub fn value(request: &RequestId, position: i64) -> String {
    format!("{request}.{position}")
}

/// The reverse of [`value`]; 0 stands for no extension.
pub fn of_value(value: &str) -> (RequestId, i64) {
    let (request, position) = value.rsplit_once('.').unwrap_or((value, ""));
    (RequestId::new(request), position.parse().unwrap_or(0))
}

/// The card of somebody who may decide an extension. `because` is `None` once they may not any more.
pub fn card(view: &RequestView, asked: &ExtensionView, because: Option<&Because>) -> Post {
    let about = &view.about;
    let extension = &asked.extension;
    let open = extension.state == ExtensionState::Pending && view.request.state == State::Granted;
    let (emoji, word) = mark(view, extension.state);
    let headline = format!(
        "{} asks for {} more of {}",
        asked.asked_by.named(),
        spoken(extension.added),
        wording::access(about)
    );
    let mut fields = vec![
        ("Request", view.request.number.to_string()),
        ("Requester", wording::person(&about.requester)),
        ("Integration", about.integration.clone()),
        ("Resource type", about.resource_type.clone()),
        ("Resources", wording::resources(about)),
        ("Permissions", about.permissions.join(", ")),
        ("Asked for at first", spoken(view.at_first)),
        ("Access flow", wording::flows(about)),
    ];
    if let Some(because) = because {
        fields.push(("Why you", wording::why_you(because, &wording::flows(about))));
    }
    let word = format!("{} · {word}", view.request.number);
    let mut post = PostBuilder::default()
        .headline(emoji, &word, &headline)
        .fields(&fields);
    if let Some(words) = &asked.words {
        post = post.words(&asked.asked_by.name, words, 1_500);
    }
    if open && because.is_some() {
        let value = value(&view.request.id, extension.position);
        post = post.buttons(vec![
            approve_button(about, &value, Button::ExtendApprove, Button::ExtendReadAndApprove),
            button(Button::ExtendReject, "Reject", &value, Look::Danger),
        ]);
    }
    post.context(&outcome(view, asked)).build()
}

fn mark(view: &RequestView, state: ExtensionState) -> (&'static str, &'static str) {
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
pub fn outcome(view: &RequestView, asked: &ExtensionView) -> String {
    let until = view.grant.as_ref().map(|grant| grant.until);
    let ends = until.map_or_else(String::new, |until| format!(" It ends at {until}."));
    let decided = decided(asked);
    let now = match asked.extension.state {
        ExtensionState::Pending => match (view.request.state, until) {
            (State::Granted, Some(until)) => format!(
                "Waiting for an answer; without one the access ends at {until}, and with it at {}.",
                until.plus(asked.extension.added)
            ),
            _ => "The access ended before anybody answered.".to_owned(),
        },
        ExtensionState::OnItsWay => format!("{ends} The target has not confirmed that yet."),
        ExtensionState::Applied => asked.extension.until.map_or_else(String::new, |until| {
            format!("The target confirmed {until} as the end.")
        }),
        ExtensionState::Rejected => ends,
        ExtensionState::Lapsed if view.request.state == State::Granted => {
            format!("Nobody answered in time.{ends}")
        }
        ExtensionState::Lapsed => "The access ended before anybody answered.".to_owned(),
        ExtensionState::Failed => format!("The target refused it.{ends}"),
    };
    format!("{decided} {}", now.trim()).trim().to_owned()
}

fn decided(asked: &ExtensionView) -> String {
    let (Some(by), Some((_, because))) = (&asked.decided_by, &asked.extension.decided_by) else {
        return String::new();
    };
    let verb = if asked.extension.state == ExtensionState::Rejected {
        "Rejected"
    } else {
        "Approved"
    };
    let reason = asked.reason.as_ref().map_or_else(String::new, |reason| {
        format!(": {}", clean(reason).trim_end_matches('.'))
    });
    format!(
        "{verb} by {}, {}{reason}.",
        by.named(),
        wording::decided_as(because)
    )
}

/// What the card of live access says of its last extension, if that is not settled yet.
pub fn under_way(view: &RequestView) -> Option<String> {
    let last = view.extensions.last()?;
    let added = spoken(last.extension.added);
    match last.extension.state {
        ExtensionState::Pending => Some(format!("An extension by {added} waits for an answer.")),
        ExtensionState::OnItsWay => Some(match view.grant.as_ref()?.target_deadline {
            Some(held) => format!(
                "The extension by {added} is on its way: until the target confirms it, new logins end at {held}."
            ),
            None => format!("The extension by {added} is on its way; the target has not confirmed it yet."),
        }),
        ExtensionState::Applied
        | ExtensionState::Rejected
        | ExtensionState::Lapsed
        | ExtensionState::Failed => None,
    }
}

/// Asks how much longer.
pub fn extend_modal(view: &RequestView, rule: &Extensions) -> SlackView {
    let used = view
        .extensions
        .iter()
        .filter(|other| other.extension.state.counts())
        .count();
    let left = (rule.times as usize).saturating_sub(used);
    let ends = view
        .grant
        .as_ref()
        .map_or_else(String::new, |grant| format!(" ends at {}", grant.until));
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
    let what = format!(
        "{}{ends}. It can be extended {how_often}, by at most {} each time.{asked}",
        wording::access(&view.about),
        spoken(rule.each)
    );
    let span = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::DURATION.into())
        .with_initial_value(compact(rule.each))
        .with_max_length(40);
    let span = SlackInputBlock::new("How much longer".into(), span.into())
        .with_block_id(actions::DURATION.into())
        .with_hint("Write 45s, 30m, 2h, 1d or 1h30m.".into());
    let words = reason_input("What for", "The approvers and the audit channel read it.", None);
    let modal = SlackModalView::new(
        shorten_title(&format!("Extend {}", view.request.number)),
        vec![rich(vec![clean(&what).into()]), span.into(), words],
    )
    .with_callback_id(FormKind::Extend.name().into())
    .with_private_metadata(view.request.id.to_string())
    .with_submit("Extend".into())
    .with_close("Back".into());
    SlackView::Modal(modal)
}

/// Asks why an extension is rejected.
pub fn reject_modal(view: &RequestView, asked: &ExtensionView) -> SlackView {
    let what = format!(
        "{} asks for {} more of {}.",
        asked.asked_by.named(),
        spoken(asked.extension.added),
        wording::access(&view.about)
    );
    let input = reason_input("Reason", "The requester and the audit channel read it.", None);
    let modal = SlackModalView::new(
        shorten_title(&format!("Reject for {}", view.request.number)),
        vec![rich(vec![clean(&what).into()]), input],
    )
    .with_callback_id(FormKind::ExtendReject.name().into())
    .with_private_metadata(value(&view.request.id, asked.extension.position))
    .with_submit("Reject".into())
    .with_close("Back".into());
    SlackView::Modal(modal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_a_button_carries_is_read_again(request in "[0-9a-f]{1,32}", position in 1_i64..1_000) {
            let request = RequestId::new(request);
            prop_assert_eq!(of_value(&value(&request, position)), (request, position));
        }

        #[test]
        fn any_value_is_read(text in ".*") {
            let _ = of_value(&text);
        }
    }
}
