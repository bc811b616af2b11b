//! Lists of requests that people keep under a name, run again, share and have sent to them.
//!
//! Invariant: a report runs with the rights of whoever runs it. A scheduled run has the rights that its owner has at that moment.
//! Each change and each run is in the trail.

mod built_in;
mod changes;
mod draft;
mod due;
mod run;

pub use built_in::BuiltIn;
pub use changes::{change, delete, pause, save};
pub use draft::{DEFAULT_COLUMNS, Draft, Drafted, LONGEST_QUERY, ReportError};
pub use due::{Due, Failure, Owner, Stopped, due, failed, go_on, halt, owner_now};
pub use run::{Order, Runnable, Running, begin, begin_due, posted};

use crate::access::people::Person;
use crate::audit::report::ReportFacts;
use crate::store::SavedReport;

use super::Core;

/// Whether this person may change, pause and delete it.
pub fn may_change(core: &Core, person: &Person, report: &SavedReport) -> bool {
    report.owner == person.id || report.is_shared && core.policy().is_admin(person)
}

/// As the trail has it.
fn facts(report: &SavedReport) -> ReportFacts {
    let schedule = report.schedule.as_ref();
    ReportFacts {
        name: report.name.clone(),
        shared: report.is_shared,
        filter: report.meant.clone(),
        format: report.format,
        columns: report.columns.clone(),
        schedule: schedule.map(|schedule| format!("{} {}", schedule.cron, schedule.zone)),
        to: schedule.map(|schedule| schedule.recipient.clone()),
        paused: report.is_paused,
    }
}
