//! Cards and notices, brought to Slack. Cards are level-triggered: whoever finds one that shows less than is committed
//! renders it anew. A first post is sent once: it is committed as `sending`, and one whose fate is unknown is looked for
//! in the history before it is posted again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::access::people::Because;
use crate::access::policy::{Ask, Moment, decide};
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::store::{Job, JobKind, JobSpec, Message, MessageState, StoreError, Surface};
use crate::usecases::look::{self, RequestView};
use crate::usecases::{UseCaseError, conclude};

use super::actions;
use super::handlers::Bot;
use super::views::kit::Post;
use super::views::{card, notice};
use super::web::{HistoryQuery, MessageUpdate, NewMessage, WebError};

/// How long to wait before looking for a post whose answer was lost: Slack may still be storing it.
const SETTLE: Duration = Duration::from_secs(10);

/// How many messages after the last known one are looked through.
const LOOK_THROUGH: usize = 200;

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
    Later {
        after: Duration,
        why: String,
    },
}

/// Brings one message up to date and settles its job.
pub async fn deliver(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let outcome = match core.store.message(&job.key).await? {
        None => Outcome::Settled,
        Some(message) => match look::view(core, &message.request).await? {
            None => Outcome::Settled,
            Some(view) => show(bot, job, message, &view).await?,
        },
    };
    let now = core.now();
    let mut tx = core.store.write().await?;
    match outcome {
        Outcome::Settled => tx.finish(job).await?,
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
            return conclude::try_again(core, job, now.plus(after), &why).await;
        }
    }
    tx.seal(Vec::new()).await?;
    core.wakes.all();
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
    let too_late = message.surface == Surface::NoticeEndingSoon && view.request.state != State::Granted;
    if too_late {
        return Ok(Outcome::Dead {
            message,
            replace: false,
        });
    }
    let post = render(bot, &message, view).await;
    match (&message.channel, &message.ts) {
        (Some(channel), Some(ts)) => {
            let blocks = json!(post.blocks);
            let update = MessageUpdate {
                channel,
                ts,
                text: &post.text,
                blocks: Some(&blocks),
                metadata: None,
            };
            let updated = bot.web.update_message(update).await;
            Ok(match updated {
                Ok(_) => Outcome::Shown(Message {
                    shown_version: Some(version),
                    ..message
                }),
                Err(error) => update_failed(message, &error),
            })
        }
        (_, _) => first_post(bot, job, message, version, &post).await,
    }
}

async fn render(bot: &Bot, message: &Message, view: &RequestView) -> Post {
    match message.surface {
        Surface::RequesterCard => card::for_requester(view),
        Surface::ApproverCard => card::for_approver(view, may_decide(bot, message, view).await.as_ref()),
        Surface::NoticeGranted
        | Surface::NoticeRejected
        | Surface::NoticeFailed
        | Surface::NoticeEndingSoon
        | Surface::NoticeEnded => notice::notice(message.surface, view),
    }
}

/// Why the card's person may decide, by what is known now. The click asks again, with fresh facts.
async fn may_decide(bot: &Bot, message: &Message, view: &RequestView) -> Option<Because> {
    let decided = view
        .decisions
        .iter()
        .find(|decision| decision.by.id == message.person);
    if let Some(decision) = decided {
        return Some(decision.decided_as.clone());
    }
    let request = &view.request;
    let ask = Ask {
        requester: &request.requester,
        grantee: &request.grantee,
        integration: &request.integration,
        units: &request.units,
        duration: Some(request.duration),
        moment: Moment::Form,
    };
    let policy = bot.core.policy();
    let facts = bot.directory.facts().await;
    let verdict = decide(&policy, &facts, &ask, bot.core.now()).ok()?;
    verdict
        .candidate(&message.person)
        .map(|candidate| candidate.because.clone())
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

async fn first_post(
    bot: &Bot,
    job: &Job,
    mut message: Message,
    version: i64,
    post: &Post,
) -> Result<Outcome, UseCaseError> {
    let channel = match &message.channel {
        Some(channel) => channel.clone(),
        None => match open_dm(bot, &message).await? {
            Ok(channel) => channel,
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "a person cannot be written to");
                return Ok(Outcome::Dead {
                    message,
                    replace: false,
                });
            }
            Err(error) => return Ok(later(&error)),
        },
    };
    message.channel = Some(channel.clone());
    if message.state == MessageState::Sending
        && let Some(first_attempt_at) = message.first_attempt_at
    {
        let waited = bot.core.now().since(first_attempt_at);
        if waited < SETTLE {
            return Ok(Outcome::Later {
                after: SETTLE.saturating_sub(waited),
                why: "its first post had no answer".to_owned(),
            });
        }
        match find(bot, &message, &channel, first_attempt_at).await? {
            Ok(Some(ts)) => {
                // Found as it was posted, which may be older than what is committed now: the next look updates it.
                let shown = Message {
                    ts: Some(ts),
                    shown_version: Some(0),
                    state: MessageState::Shown,
                    ..message
                };
                return refresh(bot, shown, version, post).await;
            }
            Ok(None) => {}
            Err(error) => return Ok(later(&error)),
        }
    }

    let sending = Message {
        state: MessageState::Sending,
        first_attempt_at: message.first_attempt_at.or(Some(bot.core.now())),
        ..message
    };
    keep(bot, &sending).await?;
    if !bot.core.store.still_mine(job).await? {
        return Err(StoreError::Stale.into());
    }
    let blocks = json!(post.blocks);
    let metadata = metadata(bot, &sending);
    let new = NewMessage {
        channel: &channel,
        text: &post.text,
        blocks: Some(&blocks),
        thread_ts: None,
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    match bot.web.post_message(new).await {
        Ok(posted) => Ok(Outcome::Shown(Message {
            channel: Some(posted.channel),
            ts: Some(posted.ts),
            shown_version: Some(version),
            state: MessageState::Shown,
            ..sending
        })),
        Err(error) if error.is_ambiguous() => Ok(Outcome::Later {
            after: SETTLE,
            why: error.to_string(),
        }),
        Err(error) => {
            // Slack said no, or was never reached: nothing was posted, so there is nothing to look for.
            let unsent = Message {
                state: MessageState::Wanted,
                first_attempt_at: None,
                ..sending
            };
            if is_final(&error) {
                tracing::error!(%error, "a message can never be posted");
                return Ok(Outcome::Dead {
                    message: unsent,
                    replace: false,
                });
            }
            keep(bot, &unsent).await?;
            Ok(later(&error))
        }
    }
}

/// A message that was found again shows what it showed then; it is brought up to date at once.
async fn refresh(bot: &Bot, message: Message, version: i64, post: &Post) -> Result<Outcome, UseCaseError> {
    keep(bot, &message).await?;
    let (Some(channel), Some(ts)) = (&message.channel, &message.ts) else {
        return Ok(Outcome::Settled);
    };
    let blocks = json!(post.blocks);
    let update = MessageUpdate {
        channel,
        ts,
        text: &post.text,
        blocks: Some(&blocks),
        metadata: None,
    };
    Ok(match bot.web.update_message(update).await {
        Ok(_) => Outcome::Shown(Message {
            shown_version: Some(version),
            ..message
        }),
        Err(error) => update_failed(message, &error),
    })
}

async fn open_dm(bot: &Bot, message: &Message) -> Result<Result<String, WebError>, StoreError> {
    let people = bot
        .core
        .store
        .people_by_id(std::slice::from_ref(&message.person))
        .await?;
    let person = people.first().ok_or_else(|| StoreError::Inconsistent {
        table: "message",
        id: message.id.clone(),
        what: "its person is unknown".to_owned(),
    })?;
    Ok(bot.web.open_dm(&person.account.user).await)
}

async fn find(
    bot: &Bot,
    message: &Message,
    channel: &str,
    first_attempt_at: Timestamp,
) -> Result<Result<Option<String>, WebError>, StoreError> {
    let oldest = bot.core.store.last_post_before(channel, first_attempt_at).await?;
    let query = HistoryQuery {
        channel,
        oldest: oldest.as_deref(),
        latest: None,
        inclusive: false,
        include_all_metadata: true,
        limit: LOOK_THROUGH,
    };
    let ours = metadata(bot, message);
    let found = bot.web.history(query).await.map(|messages| {
        let same = messages
            .into_iter()
            .find(|posted| posted.metadata["event_payload"] == ours["event_payload"]);
        same.map(|posted| posted.ts)
    });
    Ok(found)
}

fn metadata(bot: &Bot, message: &Message) -> Value {
    json!({
        "event_type": actions::METADATA_MESSAGE,
        "event_payload": { "install": bot.core.install.as_str(), "message": message.id },
    })
}

async fn keep(bot: &Bot, message: &Message) -> Result<(), StoreError> {
    let mut tx = bot.core.store.write().await?;
    tx.put_message(message).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// Slack will give the same answer for ever.
fn is_final(error: &WebError) -> bool {
    matches!(
        error.code(),
        Some(
            "user_disabled"
                | "user_not_found"
                | "user_not_visible"
                | "cannot_dm_bot"
                | "channel_not_found"
                | "is_archived"
                | "messages_tab_disabled"
                | "invalid_blocks"
                | "invalid_blocks_format"
                | "msg_blocks_too_long"
                | "msg_too_long"
                | "invalid_arguments"
        )
    )
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
