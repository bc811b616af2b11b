//! The first post of a message: sent once. It is committed as `sending` before the call, and what had no answer is
//! looked for by its metadata before it is posted again.

use serde_json::{Value, json};

use crate::failpoint;
use crate::slack::actions;
use crate::slack::handlers::Bot;
use crate::slack::lookup::{SETTLE, Tried, look_for};
use crate::slack::views::kit::Post;
use crate::slack::web::{NewMessage, WebError};
use crate::store::{Job, Message, MessageState, StoreError, Surface};
use crate::usecases::UseCaseError;

use super::alarm::{self, Place, is_about_the_channel};
use super::{Outcome, later, update};

/// Posts a message that is not known to be there.
pub(super) async fn first_post(
    bot: &Bot,
    job: &Job,
    mut message: Message,
    version: i64,
    post: &Post,
) -> Result<Outcome, UseCaseError> {
    let Place { channel, thread } = match place(bot, &message).await? {
        Ok(place) => place,
        Err(elsewhere) => return Ok(elsewhere),
    };
    message.channel = Some(channel.clone());
    if message.state == MessageState::Sending
        && let Some(first_attempt_at) = message.first_attempt_at
    {
        let after = bot
            .core
            .store
            .last_post_before(&channel, first_attempt_at)
            .await?;
        let tried = Tried {
            channel: &channel,
            thread: thread.as_deref(),
            after: after.as_deref(),
            metadata: &metadata(bot, &message),
            first_attempt_at,
        };
        let settles_in = tried.settles_in(bot.core.now());
        if !settles_in.is_zero() {
            return Ok(Outcome::Later {
                after: settles_in,
                why: "its first post had no answer".to_owned(),
            });
        }
        match look_for(bot, tried).await {
            Ok(Some(ts)) => {
                // Found as it was posted, which may be older than what is committed now.
                let shown = Message {
                    ts: Some(ts),
                    shown_version: Some(0),
                    state: MessageState::Shown,
                    ..message
                };
                keep(bot, &shown).await?;
                return Ok(update(bot, shown, version, post).await);
            }
            Ok(None) => {}
            Err(error) => return Ok(later(&error)),
        }
    }

    let is_first_attempt = message.first_attempt_at.is_none();
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
        thread_ts: thread.as_deref(),
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    let posted = match bot.web.post_message(new).await {
        // Somebody deleted what it answers.
        Err(error) if error.is_lost_thread() => {
            let alone = NewMessage {
                thread_ts: None,
                ..new
            };
            bot.web.post_message(alone).await
        }
        posted => posted,
    };
    match posted {
        Ok(posted) => {
            failpoint::passed("delivery: card posted");
            Ok(Outcome::Shown(Message {
                channel: Some(posted.channel),
                ts: Some(posted.ts),
                shown_version: Some(version),
                state: MessageState::Shown,
                ..sending
            }))
        }
        Err(error) if error.is_ambiguous() => Ok(Outcome::Later {
            after: SETTLE,
            why: error.to_string(),
        }),
        // An earlier attempt may still have left something to be found.
        Err(error) if !is_first_attempt && !is_final(&error) => Ok(later(&error)),
        Err(error) => {
            // Slack said no, or was never reached: nothing was posted, so there is nothing to look for.
            let unsent = Message {
                state: MessageState::Wanted,
                first_attempt_at: None,
                ..sending
            };
            if unsent.surface.is_alarm() && is_about_the_channel(&error) {
                bot.alerts.forget().await;
                let unsent = Message {
                    channel: None,
                    ..unsent
                };
                keep(bot, &unsent).await?;
                return Ok(later(&error));
            }
            if is_final(&error) {
                return Ok(given_up(bot, unsent, &error));
            }
            keep(bot, &unsent).await?;
            Ok(later(&error))
        }
    }
}

/// Where `message` is posted, or what becomes of it where that cannot be said.
async fn place(bot: &Bot, message: &Message) -> Result<Result<Place, Outcome>, StoreError> {
    if message.surface.is_alarm() {
        return alarm::place(bot, message).await;
    }
    let channel = match &message.channel {
        Some(channel) => channel.clone(),
        None => match open_dm(bot, message).await? {
            Ok(channel) => channel,
            Err(error) if is_final(&error) => return Ok(Err(given_up(bot, message.clone(), &error))),
            Err(error) => return Ok(Err(later(&error))),
        },
    };
    Ok(Ok(Place {
        channel,
        thread: None,
    }))
}

async fn open_dm(bot: &Bot, message: &Message) -> Result<Result<String, WebError>, StoreError> {
    let accounts = bot
        .core
        .store
        .accounts_of(std::slice::from_ref(&message.person))
        .await?;
    // Somebody with several accounts reads where they still are; which of those is the same each time.
    let active = accounts
        .iter()
        .find(|known| bot.directory.is_member(&known.account.user));
    let chosen = active
        .or(accounts.first())
        .ok_or_else(|| StoreError::Inconsistent {
            table: "message",
            id: message.id.clone(),
            what: "its person is unknown".to_owned(),
        })?;
    Ok(bot.web.open_dm(&chosen.account.user).await)
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

/// What becomes of a message that Slack does not take. An approver's card is tried on as long as it is wanted.
fn given_up(bot: &Bot, message: Message, error: &WebError) -> Outcome {
    match error.code() {
        Some(why) if message.surface == Surface::ApproverCard && is_about_the_person(error) => {
            tracing::warn!(%error, "an approver cannot be written to");
            if let Some(channel) = &message.channel {
                bot.web.forget_dm(channel);
            }
            let why = why.to_owned();
            Outcome::NotReached { message, why }
        }
        Some(_) | None => {
            tracing::error!(%error, "a message can never be posted");
            Outcome::Dead {
                message,
                replace: false,
            }
        }
    }
}

/// Slack takes no message for its person.
pub(in crate::slack) fn is_about_the_person(error: &WebError) -> bool {
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
        )
    )
}

/// Slack will give the same answer for long, or for ever.
fn is_final(error: &WebError) -> bool {
    is_about_the_person(error)
        || matches!(
            error.code(),
            Some(
                "invalid_blocks"
                    | "invalid_blocks_format"
                    | "msg_blocks_too_long"
                    | "msg_too_long"
                    | "invalid_arguments"
            )
        )
}
