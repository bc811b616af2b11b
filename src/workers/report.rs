//! Saved reports that are due: made with the rights that their owner has now, and brought to whoever gets them.
//!
//! Invariant: a report runs once for each moment that it is due, also if several passed while the bot was down. It has what was
//! asked for at that moment, however late it is.

use futures_util::{TryStreamExt, pin_mut};

use super::jobs::Jobs;
use super::letter;
use super::messages::Parcel;
use crate::access::reader::Reader;
use crate::access::recipient::Recipient;
use crate::audit::report::{NoFile, WhyHalted};
use crate::store::Job;
use crate::usecases::export::{self, Broken};
use crate::usecases::reports::{self, Due, Failure, Owner, Runnable, Running, Stopped};
use crate::usecases::{Core, UseCaseError, step};

/// Largest file that is sent, in bytes. It is made in memory.
const LARGEST: usize = 20_000_000;

/// Runs the report with the job's key.
pub(super) async fn run(jobs: &Jobs, job: &Job) -> Result<(), UseCaseError> {
    let core = &jobs.core;
    let Some(due) = reports::due(core, job).await? else {
        return step::done(core, job).await;
    };
    match step::keep(core, job, Box::pin(tried(jobs, job, &due))).await {
        Ok(()) => reports::go_on(core, job, &due.report).await,
        Err(Stopped::Halted(why)) => reports::halt(core, job, &due.report, why).await,
        Err(Stopped::Failed(failure)) => reports::failed(core, job, &due, failure).await,
        Err(Stopped::UseCase(error)) => Err(error),
    }
}

async fn tried(jobs: &Jobs, job: &Job, due: &Due) -> Result<(), Stopped> {
    let core = &jobs.core;
    let reader = match reports::owner_now(core, &*jobs.directory, due).await? {
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
    let Some((mut running, run)) = reports::begin_due(core, job, &wanted, due).await? else {
        return Ok(());
    };
    let file = made(core, reader, wanted, &mut running).await?;
    let no_file = file.as_ref().err().copied();
    // Somebody may have paused or deleted it meanwhile.
    step::hold(core, job).await?;
    let parcel = Parcel {
        due,
        run: &run,
        running: &running,
        file: file.map(|bytes| (file_name(due), bytes)),
    };
    match Recipient::of(&due.schedule.recipient) {
        Some(Recipient::Address(address)) => letter::send(jobs, address, parcel).await?,
        Some(Recipient::Channel(_) | Recipient::Person(_)) | None => {
            jobs.messages.bring(job, parcel).await?;
        }
    }
    running.ends(&core.store, core.now(), no_file).await?;
    Ok(())
}

/// The whole file, or why there is none.
async fn made(
    core: &Core,
    reader: Reader,
    wanted: export::Wanted,
    running: &mut Running,
) -> Result<Result<Vec<u8>, NoFile>, Stopped> {
    let parts = export::rows(core.store.clone(), reader, wanted, core.rules().fonts);
    pin_mut!(parts);
    let mut file = Ok(Vec::new());
    while let Some(part) = parts.try_next().await.map_err(stopped)? {
        running.takes(&part);
        // What is too large is counted to its end, and left in the portal.
        if let Ok(bytes) = &mut file {
            bytes.extend(part.bytes);
            if bytes.len() > LARGEST {
                file = Err(NoFile::TooLarge);
            }
        }
    }
    Ok(file.and_then(|bytes| {
        if bytes.is_empty() {
            Err(NoFile::Empty)
        } else {
            Ok(bytes)
        }
    }))
}

/// The same rows make the same broken file.
fn stopped(broken: Broken) -> Stopped {
    match broken {
        Broken::Store(error) => error.into(),
        Broken::Paper(error) => Stopped::Failed(Failure {
            is_final: true,
            ..Failure::for_now(error.to_string())
        }),
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
