//! What a run does: which messages are due, in which order, and when the others are.

use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::store::{Message, MessageState, Surface};
use crate::usecases::delivered::Next;
use crate::usecases::look::RequestView;
use crate::usecases::wanted_messages::SHOWN_AT_ONCE;

use super::outcome::Outcome;
use super::run::Run;

/// What a run does.
pub(super) struct Plan {
    /// In the order in which they are shown: alarms first, and new messages after those that change.
    pub(super) due: Vec<Message>,
    /// Messages that nobody needs any more.
    pub(super) dead: Vec<Outcome>,
    /// When the first of the others is due.
    later: Option<Timestamp>,
    is_part: bool,
}

enum Due {
    Never,
    Dead,
    At(Timestamp),
    Now,
}

impl Plan {
    /// Cards show nothing new before `held_until`.
    pub(super) fn new(run: &Run<'_>, held_until: Option<Timestamp>) -> Self {
        let mut plan = Self {
            due: Vec::new(),
            dead: Vec::new(),
            later: None,
            is_part: false,
        };
        for message in run.messages {
            match when_due(message, run.view, held_until, run.begun_at) {
                Due::Never => {}
                Due::Dead => plan.dead.push(Outcome::Dead {
                    message: message.clone(),
                    replace: false,
                }),
                Due::At(at) => plan.later = plan.later.into_iter().chain([at]).min(),
                Due::Now => plan.due.push(message.clone()),
            }
        }
        plan.due
            .sort_by_key(|message| (!message.surface.is_alarm(), message.ts.is_none()));
        // Finished work is recorded before another run continues with the rest.
        plan.is_part = plan.due.len() > SHOWN_AT_ONCE;
        plan.due.truncate(SHOWN_AT_ONCE);
        plan
    }

    /// When there is more to do than what is due now, whatever the outcome of that.
    pub(super) fn next(&self, now: Timestamp) -> Option<Next> {
        if self.is_part {
            return Some(Next {
                at: now,
                why: "there are more messages".to_owned(),
            });
        }
        self.later.map(|at| Next {
            at,
            why: "a message is not due yet".to_owned(),
        })
    }
}

fn when_due(message: &Message, view: &RequestView, held_until: Option<Timestamp>, now: Timestamp) -> Due {
    let version = view.request.version;
    let is_up_to_date = message.state == MessageState::Shown
        && (!message.surface.is_card() || message.shown_version >= Some(version));
    if message.state == MessageState::Dead || is_up_to_date {
        return Due::Never;
    }
    if is_too_late(message, view) {
        return Due::Dead;
    }
    if let Some(until) = held_until
        && message.surface.is_card()
        && !message.surface.is_alarm()
    {
        return Due::At(until);
    }
    match message.retry {
        Some(retry) if now < retry.at && retry.version >= version => Due::At(retry.at),
        Some(_) | None => Due::Now,
    }
}

/// Whether a message that was never shown would no longer be true.
fn is_too_late(message: &Message, view: &RequestView) -> bool {
    let of_live_access = matches!(
        message.surface,
        Surface::NoticeGranted
            | Surface::NoticeEndingSoon
            | Surface::NoticeExtended
            | Surface::NoticeNotExtended
    );
    let is_gone = || view.grant.as_ref().is_none_or(|grant| grant.ended_at.is_some());
    (of_live_access && view.request.state != State::Granted)
        || (message.state == MessageState::NotReached && view.request.state != State::Pending)
        || (message.surface == Surface::OverdueReminder && is_gone())
}
