//! The daily line: what happened, what is live, and whether the trail fits.

use std::time::Duration;

use crate::access::time::Timestamp;
use crate::audit::day::{Day, Since, TrailState};

use super::brakes::line_alone;
use super::event::Told;
use super::phrase::{Phrase, phrase};
use super::reads;
use super::wording::short;

pub(super) fn day<'a>(day: &Day) -> Told<'a> {
    let requests = match day.requested {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    };
    let headline = phrase!(
        "{}: {}, {} granted, {} overdue",
        days(day),
        requests,
        day.granted,
        day.now.overdue
    );
    let not_granted = phrase!(
        "{} rejected, {} lapsed, {} closed, {} failed",
        day.rejected,
        day.lapsed,
        day.closed,
        day.failed
    );
    let counted = phrase!("#{} to #{} · {}", day.first_seq, day.last_seq, short(&day.head));
    line_alone("📅", "DAY", headline)
        .field("From", day.from)
        .field("To", day.until)
        .field("Not granted", not_granted)
        .field(
            "Ended",
            phrase!("{} expired, {} revoked", day.expired, day.revoked),
        )
        .field("Refusals reported", day.refused)
        .field_if("Read about others", reads::of_day(day))
        .field("Live now", day.now.live)
        .field("Longest live", since(day.now.longest_live.as_ref(), day.until))
        .field(
            "Oldest pending",
            since(day.now.oldest_pending.as_ref(), day.until),
        )
        .field("Trail", trail(&day.trail))
        .field("Counted", counted)
}

/// `23 Nov`. If nobody wrote the lines for longer than a day, both ends of that time.
fn days(day: &Day) -> String {
    let last = day.until.minus(Duration::from_micros(1)).to_day();
    if day.until.since(day.from) > Duration::from_hours(36) {
        return format!("{} to {last}", day.from.to_day());
    }
    last
}

fn since(what: Option<&Since>, now: Timestamp) -> Phrase {
    match what {
        None => "none".into(),
        Some(Since { request, since }) => phrase!("{}, for {}", *request, now.since(*since)),
    }
}

/// What the verifier found.
pub fn trail(state: &TrailState) -> Phrase {
    match state {
        TrailState::Fits { first_seq, last_seq } => {
            phrase!("fits, verified from #{} to #{}", *first_seq, *last_seq)
        }
        TrailState::DoesNotFit(misfit) => phrase!("DOES NOT FIT: {}", misfit.to_string()),
    }
}
