//! Cards and notices, brought to Slack. Cards are level-triggered: whoever finds one that shows less than is committed
//! renders it anew. A first post is sent once: it is committed as `sending`, and one whose fate is unknown is looked for
//! in the history before it is posted again.

mod alarm;
mod first_post;

pub(super) use first_post::is_about_the_person;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::access::ids::PersonId;
use crate::access::people::Because;
use crate::access::policy::{Ask, Moment, decide};
use crate::access::request::State;
use crate::store::{Job, JobKind, JobSpec, Message, MessageState, Surface};
use crate::usecases::look::{self, RequestView};
use crate::usecases::{UseCaseError, not_reached, step};

use super::alarms::admins;
use super::handlers::Bot;
use super::identity::IdentityError;
use super::lookup::SETTLE;
use super::views::kit::Post;
use super::views::{card, extension, notice};
use super::web::{MessageUpdate, WebError};

/// How long until people who could not be looked up are looked up again.
const PEOPLE_AGAIN: Duration = Duration::from_millis(500);

/// How long until somebody for whom Slack takes no message is written to again.
const REACH_AGAIN: Duration = Duration::from_mins(5);

/// What became of a delivery.
enum Outcome {
    /// It is there; the row says where.
    Shown(Message),
    /// Nothing more to do.
    Settled,
    /// It can never be shown or changed again.
    Dead {
        message: Message,
        replace: bool,
    },
    /// Slack takes no message for its person now, in its own word.
    NotReached {
        message: Message,
        why: String,
    },
    Later {
        after: Duration,
        why: String,
    },
}

/// Brings one message up to date and settles its job.
pub async fn deliver(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    // A pause counts from here: what happens to the clock while Slack is asked must not prolong it.
    let now = core.now();
    let outcome = match core.store.message(&job.key).await? {
        None => Outcome::Settled,
        Some(message) => match look::view(core, &message.request).await? {
            None => Outcome::Settled,
            Some(view) => show(bot, job, message, &view).await?,
        },
    };
    let mut tx = core.store.write().await?;
    match outcome {
        Outcome::Settled => tx.finish(job).await?,
        // It may be one that Slack would not take before.
        Outcome::Shown(message) if message.surface == Surface::ApproverCard && job.attempt > 1 => {
            drop(tx);
            return not_reached::reached(core, job, &message).await;
        }
        Outcome::NotReached { message, why } => {
            drop(tx);
            let admins = admins(&bot.directory, &core.policy()).await;
            let admins: BTreeSet<PersonId> = admins.into_iter().map(|admin| admin.id).collect();
            let at = now.plus(REACH_AGAIN);
            return not_reached::not_reached(core, job, &message, &why, &admins, at).await;
        }
        Outcome::Shown(message) => {
            tx.put_message(&message).await?;
            tx.finish(job).await?;
        }
        Outcome::Dead { message, replace } => {
            tx.put_message(&Message {
                state: MessageState::Dead,
                ..message.clone()
            })
            .await?;
            if replace {
                let fresh = Message {
                    id: core.new_id(),
                    generation: message.generation + 1,
                    channel: None,
                    ts: None,
                    shown_version: None,
                    state: MessageState::Wanted,
                    first_attempt_at: None,
                    ..message
                };
                tx.want_message(&fresh).await?;
                tx.schedule(&JobSpec::at(JobKind::Message, &fresh.id, now))
                    .await?;
            }
            tx.finish(job).await?;
        }
        Outcome::Later { after, why } => {
            drop(tx);
            return step::try_again(core, job, now.plus(after), &why).await;
        }
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}

async fn show(bot: &Bot, job: &Job, message: Message, view: &RequestView) -> Result<Outcome, UseCaseError> {
    if message.state == MessageState::Dead {
        return Ok(Outcome::Settled);
    }
    let version = view.request.version;
    let up_to_date = message.state == MessageState::Shown
        && (!message.surface.is_card() || message.shown_version >= Some(version));
    if up_to_date {
        return Ok(Outcome::Settled);
    }
    let of_live_access = matches!(
        message.surface,
        Surface::NoticeGranted
            | Surface::NoticeEndingSoon
            | Surface::NoticeExtended
            | Surface::NoticeNotExtended
    );
    let too_late = (of_live_access && view.request.state != State::Granted)
        || (message.state == MessageState::NotReached && view.request.state != State::Pending);
    let no_longer = message.surface == Surface::OverdueReminder
        && view.grant.as_ref().is_none_or(|grant| grant.ended_at.is_some());
    if too_late || no_longer {
        return Ok(Outcome::Dead {
            message,
            replace: false,
        });
    }
    // A card that is rendered before people are known would lose its buttons for good.
    let post = match render(bot, &message, view).await {
        Ok(post) => post,
        Err(error) => {
            return Ok(Outcome::Later {
                after: PEOPLE_AGAIN,
                why: error.to_string(),
            });
        }
    };
    match &message.ts {
        Some(_) => Ok(update(bot, message, version, &post).await),
        None => first_post::first_post(bot, job, message, version, &post).await,
    }
}

async fn render(bot: &Bot, message: &Message, view: &RequestView) -> Result<Post, IdentityError> {
    Ok(match message.surface {
        Surface::RequesterCard => card::for_requester(view),
        Surface::ApproverCard => card::for_approver(view, may_decide(bot, message, view).await?.as_ref()),
        Surface::ExtensionCard => {
            let asked = view
                .extensions
                .iter()
                .find(|other| other.extension.position == message.extension);
            match asked {
                Some(asked) => extension::card(view, asked, may_decide(bot, message, view).await?.as_ref()),
                None => card::for_approver(view, None),
            }
        }
        Surface::NoticeGranted
        | Surface::NoticeRejected
        | Surface::NoticeFailed
        | Surface::NoticeEndingSoon
        | Surface::NoticeEnded
        | Surface::NoticeSelfApproved
        | Surface::NoticeExtended
        | Surface::NoticeNotExtended
        | Surface::NoticeNotReached => notice::notice(message, view),
        Surface::NotReachedAlarm
        | Surface::OverdueAlarm
        | Surface::UngrantedAlarm
        | Surface::OverdueReminder
        | Surface::OverdueGone => alarm::render(bot, message, view).await?,
    })
}

/// Why the card's person may decide, by what is known now, or why they did. The click asks again, with fresh facts.
async fn may_decide(
    bot: &Bot,
    message: &Message,
    view: &RequestView,
) -> Result<Option<Because>, IdentityError> {
    let policy = bot.core.policy();
    if let Some(decided_as) = did_decide(message, view) {
        return Ok(Some(decided_as));
    }
    let request = &view.request;
    let ask = Ask {
        duration: Some(view.at_first),
        ..Ask::of(request, Moment::Card)
    };
    let approvers = policy.approvers_on(&request.integration);
    let mut facts = bot.directory.facts_about(approvers, &policy).await?;
    for person in [Some(&view.about.requester), view.about.grantee.as_ref()]
        .into_iter()
        .flatten()
    {
        if facts.person(&person.id).is_none() {
            facts = facts.with([bot.directory.find(&person.slack_user, &policy).await?]);
        }
    }
    let Ok(verdict) = decide(&policy, &facts, &ask, bot.core.now()) else {
        return Ok(None);
    };
    Ok(verdict
        .candidate(&message.person)
        .map(|candidate| candidate.because.clone()))
}

/// How the card's person came to decide, if it was them.
fn did_decide(message: &Message, view: &RequestView) -> Option<Because> {
    if message.surface == Surface::ExtensionCard {
        let mut decisions = view.extensions.iter().filter_map(|other| {
            let (person, because) = other.extension.decided_by.as_ref()?;
            (other.extension.position == message.extension && *person == message.person).then_some(because)
        });
        return decisions.next_back().cloned();
    }
    let decided = view
        .decisions
        .iter()
        .find(|decision| decision.by.id == message.person);
    decided
        .filter(|_| view.request.state != State::Pending)
        .map(|decision| decision.decided_as.clone())
}

/// Shows `post` where the message stands.
async fn update(bot: &Bot, message: Message, version: i64, post: &Post) -> Outcome {
    let (Some(channel), Some(ts)) = (&message.channel, &message.ts) else {
        return Outcome::Settled;
    };
    let blocks = json!(post.blocks);
    let update = MessageUpdate {
        channel,
        ts,
        text: &post.text,
        blocks: Some(&blocks),
        metadata: None,
    };
    match bot.web.update_message(update).await {
        Ok(_) => Outcome::Shown(Message {
            shown_version: Some(version),
            ..message
        }),
        Err(error) => update_failed(message, &error),
    }
}

fn update_failed(message: Message, error: &WebError) -> Outcome {
    match error.code() {
        Some("message_not_found" | "cant_update_message" | "channel_not_found" | "edit_window_closed") => {
            Outcome::Dead {
                message,
                replace: true,
            }
        }
        Some(_) | None => later(error),
    }
}

fn later(error: &WebError) -> Outcome {
    let after = match error {
        WebError::RateLimited { retry_after, .. } => *retry_after,
        WebError::Ambiguous { .. } => SETTLE,
        WebError::Unreachable { .. } => Duration::from_secs(5),
        // A missing scope or a bad token: an operator has to act first.
        WebError::Api { .. } | WebError::Refused(_) => Duration::from_mins(1),
    };
    Outcome::Later {
        after,
        why: error.to_string(),
    }
}
