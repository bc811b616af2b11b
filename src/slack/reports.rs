//! Saved reports that are due: made with the rights that their owner has now, and brought to a person or a channel.
//!
//! Invariant: a report runs once for each moment that it is due, also if several passed while the bot was down.

use std::time::Duration;

use futures_util::{TryStreamExt, pin_mut};
use serde_json::json;

use super::actions;
use super::channel::unfit;
use super::delivery::is_about_the_person;
use super::handlers::Bot;
use super::lookup::{Tried, look_for};
use super::views;
use super::web::{Lane, NewFile, NewMessage, WebError};
use crate::access::channel::is_id;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::store::{Job, SavedReport, Schedule};
use crate::usecases::export;
use crate::usecases::reports::{self, Order, Owner, Runnable, Running};
use crate::usecases::{UseCaseError, step};

/// How long until a delivery that failed is tried again, doubled each time up to the longest pause: a bot that has just started
/// has not heard from Slack yet.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// A report that did not arrive for so long is said, and its next time is waited for.
const GIVES_UP: Duration = Duration::from_hours(24);

/// Largest file that Slack gets, in bytes. It is made in memory.
const LARGEST: usize = 20_000_000;

/// Runs the report with the job's key.
pub(super) async fn run(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let Some(report) = core.store.report(&job.key).await? else {
        return step::done(core, job).await;
    };
    let wanted = report
        .schedule
        .clone()
        .zip(report.due_at)
        .filter(|_| !report.is_paused);
    let Some((schedule, due)) = wanted else {
        return step::done(core, job).await;
    };
    let reader = match reports::owner_now(core, &*bot.directory, &report, &schedule).await? {
        Owner::Reads(reader) => reader,
        Owner::MayNot(why) => return reports::halt(core, job, &report, why).await,
        Owner::NotSaid => {
            let why = "Slack does not say whether its owner is still here";
            return step::try_again(core, job, core.now().plus(pause(job)), why).await;
        }
    };
    match made(bot, job, &report, (&schedule, due), reader).await? {
        None => reports::go_on(core, job, &report).await,
        Some((running, file)) => {
            match delivered(bot, job, &report, (&schedule, due), (&running, &file)).await {
                Ok(()) => {
                    running.ends(&core.store, core.now()).await?;
                    reports::go_on(core, job, &report).await
                }
                Err(error) if is_about_the_person(&error) || core.now().since(due) > GIVES_UP => {
                    reports::give_up(core, job, (&report, due), &schedule, &error.to_string()).await
                }
                Err(error) => {
                    tracing::warn!(%error, report = report.id, "a report could not be delivered yet");
                    step::try_again(core, job, core.now().plus(pause(job)), &error.to_string()).await
                }
            }
        }
    }
}

fn pause(job: &Job) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(job.attempt.saturating_sub(1).min(10)));
    doubled.min(LONGEST_PAUSE)
}

/// The whole file. `None` if it ran for this moment already.
async fn made(
    bot: &Bot,
    job: &Job,
    report: &SavedReport,
    (schedule, due): (&Schedule, Timestamp),
    reader: Reader,
) -> Result<Option<(Running, Vec<u8>)>, UseCaseError> {
    let core = &bot.core;
    let runnable = Runnable::from(report);
    let Ok(wanted) = runnable.wanted(report.format, core.now()) else {
        return Ok(None);
    };
    let order = Order::of_job(core, job, report);
    let due = (due, schedule.recipient.clone());
    let Some(mut running) = reports::begin_due(&core.store, &runnable, &wanted, order, due).await? else {
        return Ok(None);
    };
    let parts = export::rows(core.store.clone(), reader, wanted);
    pin_mut!(parts);
    let mut file = Vec::new();
    while let Some(part) = parts.try_next().await? {
        running.takes(&part);
        // What is too large is counted to its end, and left in the portal.
        if file.len() <= LARGEST {
            file.extend(part.bytes);
        }
    }
    Ok(Some((running, file)))
}

/// A message with what it is, and the file in its thread.
async fn delivered(
    bot: &Bot,
    job: &Job,
    report: &SavedReport,
    (schedule, due): (&Schedule, Timestamp),
    (running, file): (&Running, &[u8]),
) -> Result<(), WebError> {
    let channel = place(bot, &schedule.recipient).await?;
    let payload = json!({ "install": bot.core.install.as_str(), "report": report.id, "due": due.micros() });
    let metadata = json!({ "event_type": actions::METADATA_MESSAGE, "event_payload": payload });
    let post = views::report::delivered(report, running, file.len() > LARGEST, bot.portal.as_deref());
    let said = if job.attempt > 1 {
        let tried = Tried {
            channel: &channel,
            thread: None,
            after: None,
            metadata: &metadata,
            first_attempt_at: due,
        };
        look_for(bot, tried).await?
    } else {
        None
    };
    let thread = if let Some(ts) = said {
        ts
    } else {
        let message = NewMessage {
            channel: &channel,
            text: &post.text,
            blocks: Some(&json!(post.blocks)),
            thread_ts: None,
            reply_broadcast: false,
            metadata: Some(&metadata),
        };
        bot.web.post_message(message).await?.ts
    };
    if file.is_empty() || file.len() > LARGEST {
        return Ok(());
    }
    let name = format!("{}-{}.{}", slug(&report.name), day(due), report.format.name());
    let file = NewFile {
        name: &name,
        title: &report.name,
        bytes: file,
        channel: &channel,
        thread: &thread,
    };
    bot.web.upload(file).await
}

/// Where it is posted. A channel that outsiders read gets nothing, like the audit channel.
async fn place(bot: &Bot, recipient: &str) -> Result<String, WebError> {
    if !is_id(recipient) {
        return bot.web.open_dm(recipient).await;
    }
    let info = bot.web.channel_info(Lane::Bulk, recipient).await?;
    match unfit(&info) {
        Some((why, mend)) => Err(WebError::Refused(format!("the channel {why}. {mend}"))),
        None => Ok(info.id),
    }
}

/// `2026-11-24`.
fn day(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(10).collect()
}

/// A name as part of a file's name.
fn slug(name: &str) -> String {
    let dashed: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        "report".to_owned()
    } else {
        parts.join("-")
    }
}
