//! Telling every admin something by direct message, as a job that continues until each was told.
//!
//! Invariant: each admin is told once. A message whose answer was lost, or that a process sent before it died, is looked
//! for by its metadata before it is sent again.

use std::time::Duration;

use serde_json::{Value, json};

use super::actions;
use super::alarms::admins;
use super::delivery::is_about_the_person;
use super::handlers::Bot;
use super::lookup::{Tried, look_for};
use super::web::{NewMessage, WebError};
use crate::store::Job;
use crate::usecases::{UseCaseError, step};

/// How long until people who could not be told are messaged again.
pub(super) const AGAIN: Duration = Duration::from_mins(1);

/// Tells each admin `text`; `about` is the name of the job's key in the message's metadata.
pub(super) async fn tell(bot: &Bot, job: &Job, about: &str, text: &str) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let mut payload = json!({ "install": core.install.as_str() });
    payload[about] = json!(job.key);
    let metadata = json!({ "event_type": actions::METADATA_MESSAGE, "event_payload": payload });
    let (mut told, mut untold) = (0_usize, None);
    for admin in admins(&bot.directory, &core.policy()).await {
        if !core.store.still_mine(job).await? {
            return Ok(());
        }
        let direct = Direct {
            user: &admin.account.user,
            text,
            blocks: None,
            metadata: &metadata,
        };
        match tell_one(bot, job, direct).await {
            Ok(()) => told += 1,
            Err(error) if is_about_the_person(&error) => {}
            Err(error) => untold = Some(error.to_string()),
        }
    }
    if told == 0 && untold.is_none() {
        untold = Some("no admin is known yet".to_owned());
    }
    match untold {
        None => step::done(core, job).await,
        Some(why) => {
            tracing::warn!(why, about, "not every admin could be told");
            step::try_again(core, job, core.now().plus(AGAIN), &why).await
        }
    }
}

/// A direct message.
#[derive(Clone, Copy)]
pub(super) struct Direct<'a> {
    /// The member id of whom it is for.
    pub(super) user: &'a str,
    pub(super) text: &'a str,
    pub(super) blocks: Option<&'a Value>,
    /// By which it is found again.
    pub(super) metadata: &'a Value,
}

/// Sends it, unless an earlier attempt of the job did.
pub(super) async fn tell_one(bot: &Bot, job: &Job, direct: Direct<'_>) -> Result<(), WebError> {
    let channel = bot.web.open_dm(direct.user).await?;
    if job.attempt > 1 {
        let tried = Tried {
            channel: &channel,
            thread: None,
            after: None,
            metadata: direct.metadata,
            first_attempt_at: bot.core.now().minus(AGAIN),
        };
        if look_for(bot, tried).await?.is_some() {
            return Ok(());
        }
    }
    let message = NewMessage {
        channel: &channel,
        text: direct.text,
        blocks: direct.blocks,
        thread_ts: None,
        reply_broadcast: false,
        metadata: Some(direct.metadata),
    };
    bot.web.post_message(message).await.map(drop)
}
