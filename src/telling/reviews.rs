//! Access reviews: that one starts, which access is kept, and how it ends.

use crate::audit::event::Event;
use crate::audit::review::Reviewing;

use super::brakes::line_alone;
use super::event::{Told, Weight, people, who};
use super::install::filter;
use super::phrase::phrase;
use crate::usecases::reviews::Decided;

pub(super) fn told<'a>(event: &Event, reviewing: &'a Reviewing) -> Told<'a> {
    match reviewing {
        Reviewing::Started {
            review,
            name,
            filter: query,
            lines,
            reviewers,
            due,
            revokes,
        } => {
            let at_due = if *revokes {
                "access that nobody reviewed is revoked"
            } else {
                "access that nobody reviewed stays"
            };
            line_alone(
                "🔎",
                "REVIEW STARTED",
                phrase!("{} “{}” by {}", review, name, who(&event.actor)),
            )
            .weighs(Weight::Message)
            .field("Lines", lines.to_string())
            .field("Reviewers", people(reviewers))
            .field("Due", *due)
            .field("Then", at_due)
            .field_if("Filter", filter(query))
        }
        Reviewing::Kept { review, line, note } => kept(event, review, *line).words(note.as_ref()),
        Reviewing::Ended {
            review,
            name,
            kept,
            revoked,
            ended_before,
            not_reviewed,
            revoked_undecided,
            digest,
        } => line_alone(
            "🗂️",
            "REVIEW ENDED",
            phrase!(
                "{} “{}”: {} kept, {} revoked, {} not reviewed",
                review,
                name,
                kept.to_string(),
                (revoked + revoked_undecided).to_string(),
                (not_reviewed + revoked_undecided).to_string()
            ),
        )
        .weighs(Weight::Message)
        .field("Kept", kept.to_string())
        .field("Revoked by reviewers", revoked.to_string())
        .field("Ended before", ended_before.to_string())
        .field("Not reviewed", not_reviewed.to_string())
        .field("Not reviewed, so revoked", revoked_undecided.to_string())
        .field("SHA-256", digest),
    }
}

fn kept<'a>(event: &Event, review: &str, line: u64) -> Told<'a> {
    let by = who(&event.actor);
    let headline = phrase!("by {} in {}", by, review);
    let told = Told::new("👍", "REVIEW KEPT", headline.clone())
        .line(headline)
        .field("Review", phrase!("{}, line {}", review, line.to_string()));
    match &event.request {
        Some(request) => told.about(request),
        None => told,
    }
}

/// Why a line was not decided as somebody chose.
pub fn why_not(line: i64, decided: &Decided) -> String {
    match decided {
        Decided::EndedBefore => format!("Line {line}: the access had ended before."),
        Decided::Before(outcome) => {
            format!(
                "Line {line} was closed before: {}.",
                outcome.words().to_lowercase()
            )
        }
        Decided::Over => "The review is over.".to_owned(),
        Decided::Kept | Decided::Revoked | Decided::NoSuchLine => format!("There is no line {line}."),
    }
}
