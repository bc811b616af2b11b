//! A run: due messages are rendered and shown, and the outcomes are recorded in one commit.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::slack::alarms::admins;
use crate::slack::handlers::Bot;
use crate::slack::views::kit::Post;
use crate::store::{Job, Message, MessageState, ReadMessages};
use crate::usecases::delivered::{Delivered, settle};
use crate::usecases::look::{self, RequestView};
use crate::usecases::wanted_messages::shown_from;
use crate::usecases::{UseCaseError, step};

use super::first_post::first_posts;
use super::outcome::Outcome;
use super::plan::Plan;
use super::render::render;
use super::run::{Run, at_once, boxed};
use super::update::update;

/// Brings the messages of a request up to date and settles their job.
pub async fn deliver(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let (begun, begun_at) = (Instant::now(), core.now());
    let id = RequestId::new(&job.key);
    // In this order, so the request is never older than what is to be said about it: a notice would seem too late.
    let mut messages = core.store.messages_of(&id).await?;
    let Some(request) = core.store.request(&id).await? else {
        return step::done(core, job).await;
    };
    let begun_before = take_up_begun(job, &mut messages);
    let view = look::view_with(core, request, &messages).await?;
    let run = Run {
        bot,
        job,
        begun_before,
        view: &view,
        messages: &messages,
        begun,
        begun_at,
    };
    let held_until = held_until(&view, begun_at);
    let plan = Plan::new(&run, held_until);
    let next = plan.next(begun_at);
    let mut outcomes = plan.dead;
    let rendered = render(&run, plan.due, &mut outcomes).await?;
    let (alarms, others): (Vec<_>, Vec<_>) = rendered
        .into_iter()
        .partition(|(message, _)| message.surface.is_alarm());
    for group in [alarms, others] {
        outcomes.extend(Box::pin(show(&run, group)).await?);
    }
    let mut delivered = delivered(&run, outcomes);
    delivered.messages.extend(run.not_tried(&delivered));
    if let Some(next) = next {
        delivered.again(next);
    }
    if !delivered.refused.is_empty() {
        let admins = admins(&bot.directory, &core.policy()).await;
        delivered.admins = admins.into_iter().map(|admin| admin.id).collect();
    }
    settle(core, job, &delivered).await
}

/// Messages begun with the job are treated like wanted ones, except that they need not be begun again. Returns which they are.
fn take_up_begun(job: &Job, messages: &mut [Message]) -> BTreeSet<String> {
    let begun = messages
        .iter_mut()
        .filter(|message| job.begun.contains(&message.id));
    let taken_up = begun.map(|message| {
        *message = message.clone().unsent(MessageState::Wanted);
        message.id.clone()
    });
    taken_up.collect()
}

/// How long cards keep what they show, because the present state usually passes at once and nothing says yet that it will not.
fn held_until(view: &RequestView, now: Timestamp) -> Option<Timestamp> {
    let request = &view.request;
    let shown_from = shown_from(request);
    if shown_from <= now {
        return None;
    }
    let is_stuck = match request.state {
        State::Approved => view.held_up.is_some() || view.not_yet.is_some(),
        State::Revoking(_) => view.not_yet.is_some(),
        State::Pending
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => false,
    };
    (!is_stuck).then_some(shown_from)
}

/// Existing messages first: a decided card must lose its buttons before anybody is told anything new.
async fn show(run: &Run<'_>, rendered: Vec<(Message, Post)>) -> Result<Vec<Outcome>, UseCaseError> {
    let (there, new): (Vec<_>, Vec<_>) = rendered
        .into_iter()
        .partition(|(message, _)| message.ts.is_some());
    let updates = there
        .into_iter()
        .map(|(message, post)| update(run, message, post));
    let mut outcomes = at_once(updates.map(boxed)).await;
    outcomes.extend(first_posts(run, new).await?);
    Ok(outcomes)
}

/// What has to be recorded about the run.
fn delivered(run: &Run<'_>, outcomes: Vec<Outcome>) -> Delivered {
    let request = &run.view.request;
    let mut delivered = Delivered {
        request: request.id.clone(),
        begun_at: run.begun_at,
        messages: Vec::new(),
        anew: Vec::new(),
        reached: Vec::new(),
        refused: Vec::new(),
        admins: BTreeSet::new(),
        next: None,
    };
    for outcome in outcomes {
        outcome.add_to(&mut delivered, request.version, || run.bot.core.new_id());
    }
    delivered
}
