//! The facts of the day's line.

use crate::access::duration::spoken;
use crate::access::time::Timestamp;
use crate::audit::day::{Day, Since, TrailState};

use super::fields::Field;

pub(super) fn day_fields(day: &Day) -> Vec<Field> {
    let not_granted = format!(
        "{} rejected, {} lapsed, {} failed",
        day.rejected, day.lapsed, day.failed
    );
    vec![
        ("From", day.from.to_string()),
        ("To", day.until.to_string()),
        ("Not granted", not_granted),
        (
            "Ended",
            format!("{} expired, {} revoked", day.expired, day.revoked),
        ),
        ("Refusals told", day.refused.to_string()),
        ("Live now", day.now.live.to_string()),
        ("Longest live", since(day.now.longest_live.as_ref(), day.until)),
        (
            "Oldest pending",
            since(day.now.oldest_pending.as_ref(), day.until),
        ),
        ("Trail", trail(&day.trail)),
        (
            "Counted",
            format!(
                "#{} to #{} · {}",
                day.first_seq,
                day.last_seq,
                day.head.get(..12).unwrap_or(&day.head)
            ),
        ),
    ]
}

fn since(what: Option<&Since>, now: Timestamp) -> String {
    what.map_or_else(
        || "none".to_owned(),
        |Since { request, since }| format!("{request}, for {}", spoken(now.since(*since))),
    )
}

fn trail(state: &TrailState) -> String {
    match state {
        TrailState::Fits { first_seq, last_seq } => {
            format!("fits, verified from #{first_seq} to #{last_seq}")
        }
        TrailState::DoesNotFit { why } => format!("DOES NOT FIT: {why}"),
    }
}
