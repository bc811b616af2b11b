//! Saved reports that are due: made with the rights that their owner has now, and brought to a person or a channel.
//!
//! Invariant: a report runs once for each moment that it is due, also if several passed while the bot was down. It has what was
//! asked for at that moment, however late it is.

use futures_util::{TryStreamExt, pin_mut};
use hyper::body::Bytes;
use serde_json::json;

use super::actions;
use super::channel::unfit;
use super::delivery::is_final;
use super::handlers::Bot;
use super::lookup::{SETTLE, Tried, look_for};
use super::views::{self, kit::Post};
use super::web::{Lane, MessageUpdate, NewFile, NewMessage, Posted, WebError};
use crate::access::reader::Reader;
use crate::access::recipient::Recipient;
use crate::audit::report::{NoFile, WhyHalted};
use crate::store::{Job, OpenRun, StoreError};
use crate::usecases::reports::{self, Due, Failure, Owner, Runnable, Running};
use crate::usecases::{UseCaseError, export, step};

/// Largest file that Slack gets, in bytes. It is made in memory.
const LARGEST: usize = 20_000_000;

/// Why a run does not come to its end now.
enum Stopped {
    /// It no longer runs by itself.
    Halted(WhyHalted),
    Failed(Failure),
    UseCase(UseCaseError),
}

/// Runs the report with the job's key.
pub(super) async fn run(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let Some(due) = reports::due(core, job).await? else {
        return step::done(core, job).await;
    };
    match step::keep(core, job, Box::pin(tried(bot, job, &due))).await {
        Ok(()) => reports::go_on(core, job, &due.report).await,
        Err(Stopped::Halted(why)) => reports::halt(core, job, &due.report, why).await,
        Err(Stopped::Failed(failure)) => reports::failed(core, job, &due, failure).await,
        Err(Stopped::UseCase(error)) => Err(error),
    }
}

async fn tried(bot: &Bot, job: &Job, due: &Due) -> Result<(), Stopped> {
    let core = &bot.core;
    let reader = match reports::owner_now(core, &*bot.directory, due).await? {
        Owner::Reads(reader) => reader,
        Owner::MayNot(why) => return Err(Stopped::Halted(why)),
        Owner::NotSaid => {
            let why = "Slack does not say whether its owner is still here";
            return Err(Failure::for_now(why).into());
        }
    };
    let runnable = Runnable::from(&due.report);
    let wanted = runnable.wanted(due.report.format, due.at, core.now());
    let wanted = wanted.ok().filter(|wanted| !wanted.columns.is_empty());
    let wanted = wanted.ok_or(Stopped::Halted(WhyHalted::Unreadable))?;
    let Some((mut running, open)) = reports::begin_due(core, job, &wanted, due).await? else {
        return Ok(());
    };
    let (file, no_file) = made(bot, reader, wanted, &mut running).await?;
    let post = views::report::delivered(&due.report, &running, no_file, bot.portal.as_deref());
    // Somebody may have paused or deleted it meanwhile.
    step::hold(core, job).await?;
    let posted = posted(bot, job, due, &open, &post).await?;
    if no_file.is_none() {
        let file = NewFile {
            name: &file_name(due),
            title: &due.report.name,
            bytes: file,
            channel: &posted.channel,
            thread: &posted.ts,
        };
        bot.web.upload(file).await?;
    }
    running.ends(&core.store, core.now(), no_file).await?;
    Ok(())
}

/// The whole file, or why there is none.
async fn made(
    bot: &Bot,
    reader: Reader,
    wanted: export::Wanted,
    running: &mut Running,
) -> Result<(Bytes, Option<NoFile>), StoreError> {
    let parts = export::rows(bot.core.store.clone(), reader, wanted);
    pin_mut!(parts);
    let mut file = Vec::new();
    let mut no_file = None;
    while let Some(part) = parts.try_next().await? {
        running.takes(&part);
        // What is too large is counted to its end, and left in the portal.
        if no_file.is_none() {
            file.extend(part.bytes);
        }
        if file.len() > LARGEST {
            no_file = Some(NoFile::TooLarge);
            file = Vec::new();
        }
    }
    if file.is_empty() {
        no_file = no_file.or(Some(NoFile::Empty));
    }
    Ok((file.into(), no_file))
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

/// `daily-2026-11-24.csv`.
fn file_name(due: &Due) -> String {
    let report = &due.report;
    let dashed: String = report
        .name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    let name = if parts.is_empty() {
        "report".to_owned()
    } else {
        parts.join("-")
    };
    let day: String = due.at.to_rfc3339().chars().take(10).collect();
    format!("{name}-{day}.{}", report.format.name())
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
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

impl From<UseCaseError> for Stopped {
    fn from(error: UseCaseError) -> Self {
        Self::UseCase(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::UseCase(error.into())
    }
}
