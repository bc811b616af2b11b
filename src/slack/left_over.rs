//! Telling the admins, by direct message, of a clean-up that does not get through.
//!
//! Invariant: each admin is told once. A message whose answer was lost, or that a process sent before it died, is looked
//! for by its metadata before it is sent again.

use std::time::Duration;

use serde_json::json;

use super::actions;
use super::alarms::admins;
use super::handlers::Bot;
use super::lookup::{Tried, look_for};
use super::views::left_over;
use super::web::{NewMessage, WebError};
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::store::{Job, JobKind};
use crate::usecases::{UseCaseError, step};

/// How long until whoever could not be told is told.
const AGAIN: Duration = Duration::from_mins(1);

/// Tells each admin of the clean-up with the job's key, unless it got through meanwhile.
pub async fn tell(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let Some(text) = text(bot, job).await? else {
        return step::done(core, job).await;
    };
    let (mut told, mut untold) = (0_usize, None);
    for admin in admins(&bot.directory, &core.policy()).await {
        if !core.store.still_mine(job).await? {
            return Ok(());
        }
        match tell_one(bot, job, &admin, &text).await {
            Ok(()) => told += 1,
            Err(error) if error.code() == Some("user_disabled") => {}
            Err(error) => untold = Some(error.to_string()),
        }
    }
    if told == 0 && untold.is_none() {
        untold = Some("no admin is known yet".to_owned());
    }
    match untold {
        None => step::done(core, job).await,
        Some(why) => {
            tracing::warn!(
                why,
                "not every admin could be told of a clean-up that does not get through"
            );
            step::try_again(core, job, core.now().plus(AGAIN), &why).await
        }
    }
}

/// What there is to tell; none if there is nothing left.
async fn text(bot: &Bot, job: &Job) -> Result<Option<String>, UseCaseError> {
    let store = &bot.core.store;
    let id = RequestId::new(&job.key);
    if let (Some(request), Some(grant)) = (store.request(&id).await?, store.grant(&id).await?) {
        let clean_up = store.job(JobKind::CleanUp, &job.key).await?;
        let of = format!("of {}", request.number);
        return Ok(clean_up.map(|clean_up| left_over::told(&grant.granted, &of, grant.ended_at, &clean_up)));
    }
    let clean_up = store.job(JobKind::CleanStray, &job.key).await?;
    let stray = store.stray(&job.key).await?;
    let of = "that no request stands for";
    Ok(stray
        .zip(clean_up)
        .map(|(stray, clean_up)| left_over::told(&stray.granted, of, stray.ended_at, &clean_up)))
}

async fn tell_one(bot: &Bot, job: &Job, admin: &Person, text: &str) -> Result<(), WebError> {
    let channel = bot.web.open_dm(&admin.account.user).await?;
    let metadata = json!({
        "event_type": actions::METADATA_MESSAGE,
        "event_payload": { "install": bot.core.install.as_str(), "left_over": job.key },
    });
    if job.attempt > 1 {
        let tried = Tried {
            channel: &channel,
            thread: None,
            after: None,
            metadata: &metadata,
            first_attempt_at: bot.core.now().minus(AGAIN),
        };
        if look_for(bot, tried).await?.is_some() {
            return Ok(());
        }
    }
    let message = NewMessage {
        channel: &channel,
        text,
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    bot.web.post_message(message).await.map(drop)
}
