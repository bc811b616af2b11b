//! Saved reports: what changed about them, and what they brought away.

use crate::audit::event::Event;
use crate::audit::report::{NoFile, ReportFacts, Reporting, WhyHalted};

use super::brakes::line_alone;
use super::event::{Told, Weight};
use super::install::{filter, whose};
use super::phrase::{Phrase, phrase};

pub(super) fn told<'a>(event: &Event, reporting: &Reporting) -> Told<'a> {
    let by = || whose(event);
    match reporting {
        Reporting::Saved { report } => {
            let told = line_alone(
                "📑",
                "REPORT SAVED",
                phrase!("{} by {}", named(&report.name), by()),
            );
            with(told, report)
        }
        Reporting::Changed { was, now } => {
            let changed = phrase!("{} by {}", named(&now.name), by());
            let told = line_alone("📑", "REPORT CHANGED", changed).field("Was", summary(was));
            with(told, now)
        }
        Reporting::Deleted { report } => {
            let told = line_alone(
                "📑",
                "REPORT DELETED",
                phrase!("{} by {}", named(&report.name), by()),
            );
            with(told, report)
        }
        Reporting::Ran {
            report,
            format,
            rows,
            bytes,
            digest,
            due,
            to,
            no_file,
        } => {
            let rows = rows_of(*rows);
            let file = match no_file {
                None => "",
                Some(NoFile::TooLarge) => ", without its file: that is too large",
                Some(NoFile::Empty) => ", as a message without a file",
            };
            let headline = match to {
                Some(to) => phrase!(
                    "{}, {} as {}, went to {}{}",
                    named(report),
                    rows,
                    format.word(),
                    to,
                    file
                ),
                None => phrase!("{}, {} as {}, by {}", named(report), rows, format.word(), by()),
            };
            line_alone("📤", "REPORT RAN", headline)
                .field("Bytes", bytes.to_string())
                .field("SHA-256", digest)
                .field_if("Due", *due)
        }
        Reporting::Halted { report, why } => {
            let why = match why {
                WhyHalted::OwnerGone => "its owner has left or is blocked",
                WhyHalted::RecipientGone => "the person that it goes to has left or is blocked",
                WhyHalted::AddressNotAllowed => "the config lets no reports go to its address",
                WhyHalted::Unreadable => "an older version saved its filter; edit it, and save it again",
                WhyHalted::OwnerReadsLess => "its owner no longer reads everything, and it goes to others",
            };
            line_alone(
                "⏸️",
                "REPORT PAUSED",
                phrase!("{} no longer runs by itself: {}", named(report), why),
            )
            .weighs(Weight::Message)
        }
        Reporting::NotDelivered { report, to, due, why } => line_alone(
            "📭",
            "REPORT NOT DELIVERED",
            phrase!("{} did not reach {}, and is not tried again", named(report), to),
        )
        .weighs(Weight::Message)
        .field("Due", *due)
        .field("Last error", why),
    }
}

fn named(report: &str) -> Phrase {
    phrase!("“{}”", report)
}

/// `1 row`, `12 rows`.
fn rows_of(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}

/// What it is, as fields.
fn with<'a>(told: Told<'a>, report: &ReportFacts) -> Told<'a> {
    told.field("Is", summary(report))
        .field_if("Filter", filter(&report.filter))
        .field("Columns", report.columns.join(", "))
}

/// Everything but its filter and columns, in a line.
fn summary(report: &ReportFacts) -> String {
    let ReportFacts {
        name,
        shared,
        format,
        schedule,
        to,
        paused,
        ..
    } = report;
    let mut parts = vec![format!("“{name}” as {}", format.word())];
    parts.push(if *shared { "shared" } else { "not shared" }.to_owned());
    if let (Some(schedule), Some(to)) = (schedule, to) {
        parts.push(format!("runs at {schedule} for {to}"));
    }
    if *paused {
        parts.push("paused".to_owned());
    }
    parts.join(", ")
}
