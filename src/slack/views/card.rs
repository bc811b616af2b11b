//! Cards: messages that follow a request's state. One for the requester, one for each approver.

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::access::people::Because;
use crate::access::request::State;
use crate::slack::actions::Button;
use crate::telling::request::{To, mark, standing};
use crate::telling::{Phrase, request, wording};
use crate::usecases::look::RequestView;

use super::approve::approve_button;
use super::holding;
use super::kit::{Look, Post, PostBuilder, button, confirm};
use super::text::clean;

const JUSTIFICATION: usize = 1_500;

/// The card of somebody who may decide. `because` is `None` once they no longer may.
pub fn for_approver(view: &RequestView, because: Option<&Because>) -> Post {
    let about = &view.about;
    let open = view.request.state == State::Pending && because.is_some();
    let headline = format!("{} asks for {}", about.requester.named(), wording::access(about));
    let mut fields = fields(view);
    if let Some(because) = because {
        fields.push((
            "Why you",
            wording::why_you(because, &wording::flows(about)).into(),
        ));
    }
    let mut post = start(view, &headline).fields(&fields);
    if let Some(words) = &view.justification {
        post = post.words(&about.requester.name, words, JUSTIFICATION);
    }
    if open {
        let id = view.request.id.as_str();
        post = post.buttons(vec![
            approve_button(about, id, Button::Approve, Button::ReadAndApprove),
            button(Button::Reject, "Reject", id, Look::Danger),
        ]);
    }
    post.line(standing(view, To::Others)).build()
}

/// The requester's card.
pub fn for_requester(view: &RequestView) -> Post {
    let about = &view.about;
    let mut post = start(view, &format!("your request for {}", wording::access(about))).fields(&fields(view));
    if let Some(words) = &view.justification {
        post = post.words("You", words, JUSTIFICATION);
    }
    post = post.buttons(requester_buttons(view));
    post = post.line(standing(view, To::Requester));
    if let (State::Granted, Some(guarantees)) = (view.request.state, &view.guarantees) {
        post = post.context(&wording::promise(guarantees));
    }
    post.build()
}

/// What the requester can do now. Each click is checked again.
pub(super) fn requester_buttons(view: &RequestView) -> Vec<SlackBlockButtonElement> {
    let id = view.request.id.as_str();
    let access = clean(&wording::access(&view.about));
    match view.request.state {
        State::Pending => vec![
            button(Button::Cancel, "Cancel", id, Look::Plain).with_confirm(confirm(
                "Withdraw the request?",
                &format!("Nobody will be asked to decide on {access} any more."),
                "Withdraw",
            )),
        ],
        State::Granted => holding::buttons(id, &access, view.more.is_some(), view.guarantees.as_ref()),
        State::Approved | State::Revoking(_) => Vec::new(),
        State::Rejected(_) | State::Cancelled | State::Expired | State::Revoked(_) | State::Failed(_) => {
            // Only if there still is something to request.
            let again = view
                .guarantees
                .map(|_| button(Button::Again, "Request again", id, Look::Plain));
            again.into_iter().collect()
        }
    }
}

fn start(view: &RequestView, headline: &str) -> PostBuilder {
    let state = view.request.state;
    let word = format!("{} · {}", view.request.number, state.word());
    PostBuilder::default().headline(mark(state), &word, headline)
}

pub(super) fn fields(view: &RequestView) -> Vec<(&'static str, Phrase)> {
    let fields = request::fields(view).into_iter();
    fields.map(|field| (field.label, field.value)).collect()
}
