//! Saved reports: what people change about them, and what they bring away.

use serde_json::json;

use super::class::{Activity, Mapped, Status};
use super::entity::{self, CREATE, UPDATE};
use super::{access, reading};
use crate::audit::event::Event;
use crate::audit::report::Reporting;
use crate::audit::review::Reviewing;

const DELETE: Activity = Activity::Known(4, "Delete");

pub(super) fn reporting(event: &Event, reporting: &Reporting) -> Mapped {
    let about =
        |activity, status, name: &str| entity::about(event, activity, status, entity::other("report", name));
    match reporting {
        Reporting::Saved { report } => about(CREATE, Status::Success, &report.name),
        Reporting::Changed { now, .. } => about(UPDATE, Status::Success, &now.name),
        Reporting::Deleted { report } => about(DELETE, Status::Success, &report.name),
        Reporting::Ran {
            report,
            format,
            digest,
            ..
        } => reading::left(
            event,
            json!({ "desc": digest, "name": report, "type": format.name() }),
        ),
        Reporting::Halted { report, .. } | Reporting::NotDelivered { report, .. } => {
            about(Activity::Other, Status::Failure, report)
        }
    }
}

/// A review of access.
pub(super) fn reviewing(event: &Event, reviewing: &Reviewing) -> Mapped {
    let about = |activity, review: &str| {
        entity::about(event, activity, Status::Success, entity::other("review", review))
    };
    match reviewing {
        Reviewing::Started { review, .. } => about(CREATE, review),
        Reviewing::Ended { review, .. } => about(UPDATE, review),
        Reviewing::Kept { .. } => access::about(event, Activity::Other, Status::Success),
    }
}
