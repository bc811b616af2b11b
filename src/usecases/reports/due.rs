//! Reports that run by themselves: whose rights count, and what follows a run.

use crate::access::people::{Person, Standing};
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::report::{Reporting, WhyHalted};
use crate::people::{Directory, Look};
use crate::store::{Job, SavedReport, Schedule};

use super::super::look::Onlooker;
use super::super::{Core, UseCaseError, step};
use super::changes::plan;

/// What the owner of a report may read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Reads(Reader),
    /// It may not run by itself.
    MayNot(WhyHalted),
    /// The directory does not say; it may later.
    NotSaid,
}

/// Asks whether its owner is still one of ours, and what they may read.
pub async fn owner_now(
    core: &Core,
    directory: &dyn Directory,
    report: &SavedReport,
    schedule: &Schedule,
) -> Result<Owner, UseCaseError> {
    let policy = core.policy();
    let (accounts, is_all) = match directory.look_at(&report.owner, &policy).await? {
        Look::Shows { accounts, is_all } => (accounts, is_all),
        Look::CannotSay => return Ok(Owner::NotSaid),
    };
    let is_ours = |person: &Person| matches!(person.standing, Standing::Member | Standing::Guest);
    let ours: Vec<Person> = accounts.into_iter().filter(is_ours).collect();
    if core.store.is_blocked(&report.owner).await? || (ours.is_empty() && is_all) {
        return Ok(Owner::MayNot(WhyHalted::OwnerGone));
    }
    let readers = ours.iter().map(|person| Onlooker::of(core, person).to_export());
    if let Some(reader) = readers.clone().find(Reader::reads_all) {
        return Ok(Owner::Reads(reader));
    }
    let is_to_owner = ours
        .iter()
        .any(|person| person.account.user == schedule.recipient);
    Ok(match readers.last() {
        Some(reader) if is_to_owner => Owner::Reads(reader),
        Some(_) => Owner::MayNot(WhyHalted::OwnerReadsLess),
        None => Owner::NotSaid,
    })
}

/// The run is over: the next time is waited for. What was missed while the bot was down is left out.
pub async fn go_on(core: &Core, job: &Job, report: &SavedReport) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    plan(&mut tx, report, core.now()).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// It did not arrive, and is not tried again: that is said, and the next time is waited for.
pub async fn give_up(
    core: &Core,
    job: &Job,
    (report, due): (&SavedReport, Timestamp),
    schedule: &Schedule,
    why: &str,
) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    plan(&mut tx, report, core.now()).await?;
    let lost = Reporting::NotDelivered {
        report: report.name.clone(),
        to: schedule.recipient.clone(),
        due,
        why: why.to_owned(),
    };
    tx.seal(vec![event(core, job, lost)]).await?;
    Ok(())
}

/// It no longer runs by itself, and that is said.
pub async fn halt(core: &Core, job: &Job, report: &SavedReport, why: WhyHalted) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let paused = SavedReport {
        is_paused: true,
        version: report.version + 1,
        changed_at: core.now(),
        ..report.clone()
    };
    tx.update_report(&paused).await?;
    let halted = Reporting::Halted {
        report: report.name.clone(),
        why,
    };
    tx.seal(vec![event(core, job, halted)]).await?;
    Ok(())
}

fn event(core: &Core, job: &Job, what: Reporting) -> Event {
    Event::new(
        core.now(),
        core.install.clone(),
        step::origin(job),
        None,
        What::Reporting(what),
    )
}
