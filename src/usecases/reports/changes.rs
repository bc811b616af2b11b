//! Saving, changing, pausing and deleting reports.

use crate::access::people::Person;
use crate::access::schedule;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::report::Reporting;
use crate::store::{JobKind, JobSpec, SavedReport, Tx};

use super::super::{Core, Receipt, UseCaseError};
use super::draft::{Drafted, MOST_REPORTS, ReportError};
use super::facts;
use crate::access::forbidden::Forbidden;
use crate::access::reader::Reader;
use crate::store::StoreError;

/// Saves a new report of `owner`. Returns its id.
#[tracing::instrument(name = "reports.save", skip_all)]
pub async fn save(
    core: &Core,
    owner: &Person,
    drafted: Drafted,
    receipt: Receipt<'_>,
) -> Result<String, ReportError> {
    let own = core.store.reports_for(&Reader::own(owner.id.clone())).await?;
    if own.len() >= MOST_REPORTS {
        return Err(ReportError::TooMany);
    }
    let now = core.now();
    let report = SavedReport {
        id: core.new_id(),
        name: drafted.name,
        owner: owner.id.clone(),
        is_shared: drafted.is_shared,
        query: drafted.query,
        format: drafted.format,
        columns: drafted.columns,
        schedule: drafted.schedule,
        is_paused: false,
        due_at: None,
        version: 1,
        changed_at: now,
    };
    let mut tx = settled(core, &receipt).await?;
    if !tx.insert_report(&report).await? {
        return Err(ReportError::Taken(report.name));
    }
    plan(&mut tx, &report, now).await?;
    let saved = Reporting::Saved {
        report: facts(&report),
    };
    seal(core, tx, owner, &receipt, saved).await?;
    Ok(report.id)
}

/// Changes `was` into what somebody wrote.
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
    if tx.is_report_name_taken(&next.name, &next.id).await? {
        return Err(ReportError::Taken(next.name));
    }
    tx.update_report(&next).await?;
    tx.unschedule(JobKind::Report, &next.id).await?;
    plan(&mut tx, &next, now).await?;
    let changed = Reporting::Changed {
        was: facts(was),
        now: facts(&next),
    };
    seal(core, tx, by, &receipt, changed).await
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
    tx.delete_report(&report.id).await?;
    tx.unschedule(JobKind::Report, &report.id).await?;
    let deleted = Reporting::Deleted {
        report: facts(report),
    };
    seal(core, tx, by, &receipt, deleted).await
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
    what: Reporting,
) -> Result<(), ReportError> {
    let origin = receipt.origin(by);
    let event = Event::new(
        core.now(),
        core.install.clone(),
        origin,
        None,
        What::Reporting(what),
    );
    Ok(tx.seal(vec![event]).await?)
}
