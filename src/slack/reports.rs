//! Saved reports that run by themselves, brought to a person or a channel: a message, and the file in its thread.

use serde_json::json;

use super::actions;
use super::channel::unfit;
use super::delivery::is_final;
use super::handlers::Bot;
use super::lookup::{SETTLE, Tried, look_for};
use super::views::{self, kit::Post};
use super::web::{Lane, MessageUpdate, NewFile, NewMessage, Posted, WebError};
use crate::access::recipient::Recipient;
use crate::store::{Job, OpenRun};
use crate::usecases::reports::{self, Due, Failure, Stopped};
use crate::workers::messages::Parcel;

/// Brings it to wherever its schedule says.
pub(super) async fn bring(bot: &Bot, job: &Job, parcel: Parcel<'_>) -> Result<(), Stopped> {
    let Parcel {
        due,
        run,
        running,
        file,
    } = parcel;
    let no_file = file.as_ref().err().copied();
    let post = views::report::delivered(&due.report, running, no_file, bot.portal.as_deref());
    let posted = posted(bot, job, due, run, &post).await?;
    if let Ok((name, bytes)) = file {
        let file = NewFile {
            name: &name,
            title: &due.report.name,
            bytes: bytes.into(),
            channel: &posted.channel,
            thread: &posted.ts,
        };
        bot.web.upload(file).await?;
    }
    Ok(())
}

/// The message about the run, as it is now.
async fn posted(bot: &Bot, job: &Job, due: &Due, open: &OpenRun, post: &Post) -> Result<Posted, Stopped> {
    let channel = place(bot, due).await?;
    let payload =
        json!({ "install": bot.core.install.as_str(), "report": due.report.id, "due": due.at.micros() });
    let metadata = json!({ "event_type": actions::METADATA_MESSAGE, "event_payload": payload });
    let blocks = json!(post.blocks);
    let known = match &open.message {
        Some((channel, ts)) => Some(Posted {
            channel: channel.clone(),
            ts: ts.clone(),
        }),
        None if job.attempt > 1 => {
            let tried = Tried {
                channel: &channel,
                thread: None,
                after: None,
                metadata: &metadata,
                first_attempt_at: open.started_at,
            };
            look_for(bot, tried).await?.map(|ts| Posted {
                channel: channel.clone(),
                ts,
            })
        }
        None => None,
    };
    if let Some(posted) = known {
        let update = MessageUpdate {
            channel: &posted.channel,
            ts: &posted.ts,
            text: &post.text,
            blocks: Some(&blocks),
            metadata: None,
        };
        match bot.web.update_message(update).await {
            Ok(_) => {
                reports::posted(&bot.core.store, open, &posted.channel, &posted.ts).await?;
                return Ok(posted);
            }
            // Somebody deleted it.
            Err(error) if error.is_lost_thread() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let message = NewMessage {
        channel: &channel,
        text: &post.text,
        blocks: Some(&blocks),
        thread_ts: None,
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    let posted = bot.web.post_message(message).await?;
    reports::posted(&bot.core.store, open, &posted.channel, &posted.ts).await?;
    Ok(posted)
}

/// Where it is posted. A channel that outsiders read gets nothing, like the audit channel.
async fn place(bot: &Bot, due: &Due) -> Result<String, Stopped> {
    let recipient = due.schedule.recipient.as_str();
    let Some(Recipient::Channel(id)) = Recipient::of(recipient) else {
        return Ok(bot.web.open_dm(recipient).await?);
    };
    let info = bot.web.channel_info(Lane::Bulk, id).await?;
    match unfit(&info) {
        Some((why, mend)) => Err(Failure::for_now(format!("the channel {why}. {mend}")).into()),
        None => Ok(info.id),
    }
}

impl From<WebError> for Stopped {
    fn from(error: WebError) -> Self {
        Self::Failed(Failure {
            why: error.to_string(),
            after: match &error {
                WebError::RateLimited { retry_after, .. } => Some(*retry_after),
                WebError::Ambiguous { .. } => Some(SETTLE),
                WebError::Api { .. } | WebError::Unreachable { .. } | WebError::Refused(_) => None,
            },
            is_final: is_final(&error),
        })
    }
}
