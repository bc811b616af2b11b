//! Extensions of live access in Slack: the approver's card and the forms.

use slack_morphism::prelude::*;

use crate::access::duration::{compact, spoken};
use crate::access::flows::Extensions;
use crate::access::ids::RequestId;
use crate::slack::actions::{self, Button, FormKind};
use crate::usecases::look::{ExtensionView, RequestView};

use super::approve::approve_button;
use super::card::{self, ToDecide};
use super::kit::{Look, Post, PostBuilder, button, said, shorten_title};
use super::reject::reason_input;
use crate::telling::Phrase;
use crate::telling::form::DURATIONS;
use crate::telling::more_time::{mark, on_offer, outcome};
use crate::telling::phrase::phrase;
use crate::telling::wording;

/// The value of a button about an extension: the request and the extension's position. It carries no authority.
pub fn value(request: &RequestId, position: i64) -> String {
    format!("{request}.{position}")
}

/// The reverse of [`value`]; 0 stands for no extension.
pub fn of_value(value: &str) -> (RequestId, i64) {
    let (request, position) = value.rsplit_once('.').unwrap_or((value, ""));
    (RequestId::new(request), position.parse().unwrap_or(0))
}

/// The card of somebody who may decide an extension. `to_decide` is `None` once they no longer may.
pub fn card(view: &RequestView, asked: &ExtensionView, to_decide: Option<ToDecide<'_>>) -> Post {
    let about = &view.about;
    let extension = &asked.extension;
    let (emoji, word) = mark(view, extension.state);
    let headline = format!(
        "{0} asks to extend {2} by {1}",
        asked.asked_by.named(),
        spoken(extension.added),
        wording::access(about)
    );
    let word = format!("{} · {word}", view.request.number);
    let mut post = PostBuilder::default().headline(emoji, &word, &headline);
    post = asked_for(post, view, asked, to_decide);
    if asked.is_open(view) && to_decide.is_some() {
        let value = value(&view.request.id, extension.position);
        post = post.buttons(vec![
            approve_button(about, &value, Button::ExtendApprove, Button::ExtendReadAndApprove),
            button(Button::ExtendReject, "Reject", &value, Look::Danger),
        ]);
    }
    post.line(outcome(view, asked)).build()
}

/// What is asked for, and what there is to decide by.
pub(super) fn asked_for(
    post: PostBuilder,
    view: &RequestView,
    asked: &ExtensionView,
    to_decide: Option<ToDecide<'_>>,
) -> PostBuilder {
    let about = &view.about;
    let mut fields = vec![
        ("Request", Phrase::from(view.request.number)),
        ("Requester", wording::person(&about.requester).into()),
        ("Integration", about.integration.as_str().into()),
        ("Resource type", about.resource_type.as_str().into()),
        ("Resources", wording::resources(about).into()),
        ("Permissions", about.permissions.join(", ").into()),
    ];
    fields.extend(wording::sensitive(&view.sensitive).map(|marked| ("Sensitive", marked.into())));
    fields.extend([
        ("Originally requested", view.at_first.into()),
        ("Access flow", wording::flows(about).into()),
    ]);
    if let Some(ToDecide { because, .. }) = to_decide {
        fields.push(card::why_you(view, because));
    }
    let mut post = post.fields(&fields);
    if let Some(words) = &asked.words {
        post = post.linked_words(&asked.asked_by.name, words, 1_500, &view.link_hosts);
    }
    let (Some(to_decide), Some(grant)) = (to_decide, &view.grant) else {
        return post;
    };
    if !asked.is_open(view) {
        return post;
    }
    let post = post.line(phrase!(
        "Approving keeps {} until {}, instead of {}.",
        card::means(view),
        grant.until.plus(asked.extension.added),
        grant.until
    ));
    card::beside(post, view, to_decide)
}

/// Asks how much longer.
pub fn extend_modal(view: &RequestView, rule: &Extensions) -> SlackView {
    let span = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::DURATION.into())
        .with_initial_value(compact(rule.each))
        .with_max_length(40);
    let span = SlackInputBlock::new("How much longer".into(), span.into())
        .with_block_id(actions::DURATION.into())
        .with_hint(DURATIONS.into());
    let words = reason_input(
        "What you need it for",
        "Shown to the approvers and in the audit channel.",
        None,
    );
    let modal = SlackModalView::new(
        shorten_title(&format!("Extend {}", view.request.number)),
        vec![said(on_offer(view, rule)), span.into(), words],
    )
    .with_callback_id(FormKind::Extend.name().into())
    .with_private_metadata(view.request.id.to_string())
    .with_submit("Extend".into())
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
