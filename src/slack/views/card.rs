//! Cards: messages that follow a request's state. One for the requester, one for each approver.

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::access::people::Because;
use crate::access::request::State;
use crate::slack::actions::Button;
use crate::telling::phrase::phrase;
use crate::telling::request::{To, mark, standing};
use crate::telling::{Phrase, request, wording};
use crate::usecases::look::{Beside, RequestView};

use super::approve::approve_button;
use super::holding;
use super::kit::{Look, Named, Post, PostBuilder, button, confirm};
use super::lists::access;
use super::text::clean;

const JUSTIFICATION: usize = 1_500;

/// What an approver is told to decide by.
#[derive(Clone, Copy, Debug)]
pub struct ToDecide<'a> {
    pub because: &'a Because,
    /// Who else may decide.
    pub others: &'a [Named],
    pub beside: Option<&'a Beside>,
}

/// The card of somebody who may decide. `to_decide` is `None` once they no longer may.
pub fn for_approver(view: &RequestView, to_decide: Option<ToDecide<'_>>) -> Post {
    let about = &view.about;
    let asked = to_decide.filter(|_| view.request.state == State::Pending);
    let headline = format!("{} asks for {}", about.requester.named(), wording::access(about));
    let mut post = asked_for(start(view, &headline), view, to_decide);
    if asked.is_some() {
        let id = view.request.id.as_str();
        post = post.buttons(vec![
            approve_button(about, id, Button::Approve, Button::ReadAndApprove),
            button(Button::Reject, "Reject", id, Look::Danger),
        ]);
    }
    post.line(standing(view, To::Others)).build()
}

/// What is asked for, and what there is to decide by.
pub(super) fn asked_for(
    post: PostBuilder,
    view: &RequestView,
    to_decide: Option<ToDecide<'_>>,
) -> PostBuilder {
    let about = &view.about;
    let mut fields = fields(view);
    if let Some(ToDecide { because, .. }) = to_decide {
        fields.push(why_you(view, because));
    }
    let mut post = post.fields(&fields);
    if let Some(words) = &view.justification {
        post = post.linked_words(&about.requester.name, words, JUSTIFICATION, &view.link_hosts);
    }
    let Some(to_decide) = to_decide.filter(|_| view.request.state == State::Pending) else {
        return post;
    };
    let until = to_decide.beside.map_or_else(Phrase::default, |beside| {
        let as_of = beside.as_of;
        phrase!(
            ": until {} if approved at {}",
            as_of.plus(view.request.duration),
            as_of
        )
    });
    let post = post.line(phrase!(
        "Approving gives {} for {}{}.",
        means(view),
        wording::duration(about),
        until
    ));
    beside(post, view, to_decide)
}

pub(super) fn why_you(view: &RequestView, because: &Because) -> (&'static str, Phrase) {
    let why = wording::why_you(because, &wording::flows(&view.about));
    ("Why you", why.into())
}

/// What the permissions are on the target.
pub(super) fn means(view: &RequestView) -> String {
    if view.means.is_empty() {
        "access".to_owned()
    } else {
        wording::some_of(&view.means)
    }
}

/// What there is besides the request.
pub(super) fn beside(mut post: PostBuilder, view: &RequestView, to_decide: ToDecide<'_>) -> PostBuilder {
    let about = &view.about;
    if let Some(beside) = to_decide.beside {
        post = post.line(also_live(beside)).line(asked_before(beside));
    }
    let requester = Named {
        user: about.requester.account.id.clone(),
        name: about.requester.name.clone(),
    };
    post.people(&[
        ("From", std::slice::from_ref(&requester)),
        ("Also asked", to_decide.others),
    ])
}

fn also_live(beside: &Beside) -> Phrase {
    let shown = beside.live.iter().take(wording::NAMED);
    let shown =
        shown.map(|(request, until)| phrase!("{} {} until {}", request.number, access(request), *until));
    let more = beside.live.len().saturating_sub(wording::NAMED);
    let more = (more > 0).then(|| phrase!("+{} more", more.to_string()));
    let live = Phrase::joined(shown.chain(more), ", ");
    let live = if live.is_empty() { "none".into() } else { live };
    phrase!("Other live access at {}: {}.", beside.as_of, live)
}

fn asked_before(beside: &Beside) -> String {
    let before = beside.before.iter();
    let before: Vec<String> = before
        .map(|request| format!("{} ({})", request.number, request.state))
        .collect();
    let before = if before.is_empty() {
        "none".to_owned()
    } else {
        before.join(", ")
    };
    format!("Latest requests for the same: {before}.")
}

/// The requester's card.
pub fn for_requester(view: &RequestView) -> Post {
    let about = &view.about;
    let mut post = start(view, &format!("your request for {}", wording::access(about))).fields(&fields(view));
    if let Some(words) = &view.justification {
        post = post.linked_words("You", words, JUSTIFICATION, &view.link_hosts);
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
        State::Granted => holding::buttons(id, &access, view.more.is_ok(), view.guarantees.as_ref()),
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
