//! Saving, changing, pausing and deleting reports.

use crate::access::people::Person;
use crate::access::schedule;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::report::Reporting;
use crate::store::{JobKind, JobSpec, SavedReport, Tx};

use super::super::{Core, Receipt, UseCaseError};
use super::draft::{Drafted, MOST_REPORTS, MOST_SCHEDULED, ReportError};
use super::facts;
use crate::access::forbidden::Forbidden;
use crate::store::StoreError;

/// Saves a new report of `owner`. Returns its id.
#[tracing::instrument(name = "reports.save", skip_all)]
pub async fn save(
    core: &Core,
    owner: &Person,
    drafted: Drafted,
    receipt: Receipt<'_>,
) -> Result<String, ReportError> {
    let now = core.now();
    let report = SavedReport {
        id: core.new_id(),
        name: drafted.name,
        owner: owner.id.clone(),
        is_shared: drafted.is_shared,
        query: drafted.query,
        meant: drafted.meant,
        format: drafted.format,
        columns: drafted.columns,
        schedule: drafted.schedule,
        is_paused: false,
        due_at: None,
        version: 1,
        changed_at: now,
    };
    let mut tx = settled(core, &receipt).await?;
    let own = tx.hold_reports_of(&report.owner).await?;
    fits_among(&own, &report)?;
    if own.len() >= MOST_REPORTS {
        return Err(ReportError::TooMany);
    }
    tx.insert_report(&report).await?;
    plan(&mut tx, &report, now).await?;
    let saved = Reporting::Saved {
        report: facts(&report),
    };
    seal(core, tx, owner, &receipt, vec![saved]).await?;
    Ok(report.id)
}

/// Changes `was` into what somebody wrote, who saw its version.
#[tracing::instrument(name = "reports.change", skip_all)]
pub async fn change(
    core: &Core,
    by: &Person,
    was: &SavedReport,
    drafted: Drafted,
    receipt: Receipt<'_>,
) -> Result<(), ReportError> {
    let next = SavedReport {
        name: drafted.name,
        is_shared: drafted.is_shared,
        query: drafted.query,
        meant: drafted.meant,
        format: drafted.format,
        columns: drafted.columns,
        schedule: drafted.schedule,
        ..was.clone()
    };
    become_next(core, by, was, next, receipt).await
}

/// It no longer runs by itself, or does again, from its next time on.
pub async fn pause(
    core: &Core,
    by: &Person,
    was: &SavedReport,
    is_paused: bool,
    receipt: Receipt<'_>,
) -> Result<(), ReportError> {
    if was.is_paused == is_paused {
        return Ok(());
    }
    let next = SavedReport {
        is_paused,
        ..was.clone()
    };
    become_next(core, by, was, next, receipt).await
}

async fn become_next(
    core: &Core,
    by: &Person,
    was: &SavedReport,
    next: SavedReport,
    receipt: Receipt<'_>,
) -> Result<(), ReportError> {
    if !super::may_change(core, by, was) {
        return Err(UseCaseError::from(Forbidden::NotYours).into());
    }
    let now = core.now();
    let next = SavedReport {
        version: was.version + 1,
        changed_at: now,
        ..next
    };
    let mut tx = settled(core, &receipt).await?;
    let own = tx.hold_reports_of(&next.owner).await?;
    fits_among(&own, &next)?;
    tx.update_report(&next).await?;
    tx.unschedule(JobKind::Report, &next.id).await?;
    let changed = Reporting::Changed {
        was: facts(was),
        now: facts(&next),
    };
    let mut events = vec![changed];
    match being_run(was, now) {
        Some(due) if next.schedule.is_some() && !next.is_paused => {
            let again = JobSpec::at(JobKind::Report, &next.id, now);
            tx.set_report_due(&next.id, Some(due)).await?;
            tx.schedule(&again).await?;
        }
        _ => {
            events.extend(dropped(was, now));
            plan(&mut tx, &next, now).await?;
        }
    }
    seal(core, tx, by, &receipt, events).await
}

/// The moment of a run that is due and has not come to its end.
fn being_run(report: &SavedReport, now: Timestamp) -> Option<Timestamp> {
    report.due_at.filter(|due| *due <= now && !report.is_paused)
}

/// What the trail says if a run that is due comes to nothing because somebody changes the report.
fn dropped(was: &SavedReport, now: Timestamp) -> Option<Reporting> {
    let (due, schedule) = being_run(was, now).zip(was.schedule.as_ref())?;
    Some(Reporting::NotDelivered {
        report: was.name.clone(),
        to: schedule.recipient.clone(),
        due,
        why: "somebody paused or deleted it, or took its schedule away, before it arrived".to_owned(),
    })
}

/// Whether it can stand beside the other reports of its owner.
fn fits_among(own: &[SavedReport], report: &SavedReport) -> Result<(), ReportError> {
    let others = || own.iter().filter(|other| other.id != report.id);
    if others().any(|other| other.name == report.name) {
        return Err(ReportError::Taken(report.name.clone()));
    }
    let is_new = own
        .iter()
        .all(|other| other.id != report.id || other.schedule.is_none());
    let scheduled = others().filter(|other| other.schedule.is_some()).count();
    if report.schedule.is_some() && is_new && scheduled >= MOST_SCHEDULED {
        return Err(ReportError::TooManyScheduled);
    }
    Ok(())
}

/// Deletes it. What its runs came to stays.
#[tracing::instrument(name = "reports.delete", skip_all)]
pub async fn delete(
    core: &Core,
    by: &Person,
    report: &SavedReport,
    receipt: Receipt<'_>,
) -> Result<(), ReportError> {
    if !super::may_change(core, by, report) {
        return Err(UseCaseError::from(Forbidden::NotYours).into());
    }
    let mut tx = settled(core, &receipt).await?;
    tx.delete_report(&report.id, report.version).await?;
    tx.unschedule(JobKind::Report, &report.id).await?;
    let deleted = Reporting::Deleted {
        report: facts(report),
    };
    let events = [deleted].into_iter().chain(dropped(report, core.now()));
    seal(core, tx, by, &receipt, events.collect()).await
}

/// Has it run at its next time, if it has one.
pub(super) async fn plan(tx: &mut Tx, report: &SavedReport, after: Timestamp) -> Result<(), StoreError> {
    let next = match report.schedule.as_ref().filter(|_| !report.is_paused) {
        Some(wanted) => schedule::Schedule::parse(&wanted.cron, &wanted.zone)
            .map_err(|error| StoreError::Inconsistent {
                table: "report",
                id: report.id.clone(),
                what: error.to_string(),
            })?
            .next(after),
        None => None,
    };
    tx.set_report_due(&report.id, next).await?;
    if let Some(next) = next {
        tx.schedule(&JobSpec::at(JobKind::Report, &report.id, next))
            .await?;
    }
    Ok(())
}

/// A transaction in which the form counts as handled.
async fn settled(core: &Core, receipt: &Receipt<'_>) -> Result<Tx, ReportError> {
    let tx = core.store.write().await?;
    let tx = receipt.settle(tx, "report", core.now()).await?;
    tx.ok_or_else(|| UseCaseError::SeenBefore.into())
}

async fn seal(
    core: &Core,
    tx: Tx,
    by: &Person,
    receipt: &Receipt<'_>,
    whats: Vec<Reporting>,
) -> Result<(), ReportError> {
    let event = |what| {
        Event::new(
            core.now(),
            core.install.clone(),
            receipt.origin(by),
            None,
            What::Reporting(what),
        )
    };
    Ok(tx.seal(whats.into_iter().map(event).collect()).await?)
}
