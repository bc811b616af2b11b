//! A note that Slack posts if the bot dies: scheduled some minutes ahead, and postponed for as long as the bot is alive.
//!
//! Invariant: the next note is scheduled before the previous one is deleted, so there is always one while it is
//! wanted; notes are found in Slack's own list, so those of a process that died are deleted too.

use std::time::Duration;

use crate::access::filter::Filter;
use crate::access::reader::Reader;
use crate::store::{Page, StoreError};

use super::channel::ChannelError;
use super::handlers::Bot;
use super::views::silent::{LastHeard, Why, mark, note};
use super::web::WebError;

/// One process at a time postpones the note.
const LEASE: &str = "silent_note";

/// How many requests the note names.
const NAMED: u64 = 20;

/// Why the note could not be postponed.
#[derive(Debug, thiserror::Error)]
pub enum SilentError {
    #[error(transparent)]
    Channel(#[from] ChannelError),
    #[error(transparent)]
    Slack(#[from] WebError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often the note is postponed: often enough that two failures in a row do no harm, nor does a process that dies
/// and is replaced by another.
pub fn every(ahead: Duration) -> Duration {
    ahead / 5
}

/// How long one process stays responsible for postponing it.
fn lease(ahead: Duration) -> Duration {
    every(ahead) * 3 / 2
}

/// Postpones the note until `ahead` from now, if this process is the one responsible.
pub async fn put_off(bot: &Bot, ahead: Duration) -> Result<(), SilentError> {
    if is_ours(bot, ahead).await? {
        renew(bot, Why::Silent, ahead).await?;
    }
    Ok(())
}

/// Deletes the note.
pub async fn take_back(bot: &Bot, ahead: Duration) -> Result<(), SilentError> {
    if is_ours(bot, ahead).await? {
        let channel = bot.alerts.id(bot).await?;
        take_back_but(bot, &channel, None).await?;
    }
    Ok(())
}

/// The bot was told to stop: a note stays only if access is live, and says so. Starting the bot again in time deletes
/// the note.
pub async fn stop(bot: &Bot, ahead: Duration) -> Result<(), SilentError> {
    if !is_ours(bot, ahead).await? {
        return Ok(());
    }
    if bot.core.store.live_integrations().await?.is_empty() {
        let channel = bot.alerts.id(bot).await?;
        return take_back_but(bot, &channel, None).await;
    }
    renew(bot, Why::Stopped, ahead).await
}

async fn is_ours(bot: &Bot, ahead: Duration) -> Result<bool, StoreError> {
    let core = &bot.core;
    core.store.is_ours(LEASE, &core.owner, lease(ahead)).await
}

async fn renew(bot: &Bot, why: Why, ahead: Duration) -> Result<(), SilentError> {
    let core = &bot.core;
    let channel = bot.alerts.id(bot).await?;
    let now = core.now();
    let integrations = core.store.live_integrations().await?;
    let count = integrations.iter().map(|live| live.count).sum();
    let live = core
        .store
        .with_live_access(&Reader::operator(), &Filter::default(), Page::First, NAMED)
        .await?;
    let live: Vec<_> = live.items.iter().map(|request| request.number).collect();
    let mut integrations: Vec<String> = integrations.into_iter().map(|live| live.name).collect();
    integrations.dedup();
    let last = LastHeard {
        at: now,
        live: &live,
        count,
        integrations: &integrations,
    };
    let text = note(why, &last, &core.install, &bot.mentioned().await);
    let id = bot
        .web
        .schedule_message(&channel, &text, now.plus(ahead).seconds())
        .await?;
    take_back_but(bot, &channel, Some(&id)).await
}

/// Deletes every note of this install except `kept`. One that is about to be posted cannot be deleted.
async fn take_back_but(bot: &Bot, channel: &str, kept: Option<&str>) -> Result<(), SilentError> {
    let mark = mark(&bot.core.install);
    for message in bot.web.scheduled_messages(channel).await? {
        if !message.text.contains(&mark) || Some(message.id.as_str()) == kept {
            continue;
        }
        match bot.web.unschedule_message(channel, &message.id).await {
            Err(error) if error.code() == Some("invalid_scheduled_message_id") => {
                tracing::warn!("a note saying that the bot is silent could not be deleted in time");
            }
            done => done?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slack does not delete messages that are due within a minute.
    const TOO_LATE: Duration = Duration::from_mins(1);

    #[test]
    fn another_process_takes_over_before_the_note_of_one_that_died_is_due() {
        for ahead in [
            Duration::from_mins(5),
            Duration::from_mins(15),
            Duration::from_hours(24),
        ] {
            let taken_over = lease(ahead) + every(ahead);
            assert!(taken_over + TOO_LATE < ahead, "{ahead:?}");
        }
    }
}
