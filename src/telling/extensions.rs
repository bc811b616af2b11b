//! More time for live access.

use std::time::Duration;

use crate::access::people::Because;
use crate::access::time::Timestamp;
use crate::audit::event::{Asked, PersonFacts};
use crate::audit::words::WordsRef;

use super::event::{About, Place, Told, Weight, micros, whom, yes_or_no};
use super::phrase::phrase;
use super::wording;

pub(super) fn asked<'a>(
    about: About<'_>,
    added_s: u64,
    would_end: Timestamp,
    asked: &[Asked],
    answer_due: Timestamp,
    words: Option<&'a WordsRef>,
) -> Told<'a> {
    let added = Duration::from_secs(added_s);
    let headline = phrase!("by {}, {} more: {}", about.by(), added, about.asked());
    let line = phrase!(
        "Extension of {} requested by {}: until {}",
        added,
        about.by(),
        would_end
    );
    Told::new("📝", "EXTENSION ASKED", headline)
        .line(line)
        .field("Would end", would_end)
        .field("Asked", whom(asked))
        .field("Answer due", answer_due)
        .words(words)
}

/// How much longer it lasts, and who decided that.
pub(super) struct More<'a> {
    pub(super) added_s: u64,
    pub(super) until: Timestamp,
    pub(super) nth: u64,
    pub(super) of: u64,
    pub(super) asked_by: Option<&'a PersonFacts>,
    pub(super) decided_as: Option<&'a Because>,
}

pub(super) fn extended<'a>(about: About<'_>, more: &More<'_>, words: Option<&'a WordsRef>) -> Told<'a> {
    let added = Duration::from_secs(more.added_s);
    let headline = phrase!(
        "by {}, {} more, until {} ({} of {}): {}",
        about.by(),
        added,
        wording::until(more.until, about.request),
        more.nth,
        more.of,
        about.held()
    );
    let decided_as = more.decided_as.map_or_else(
        || "no approval needed by the flow".to_owned(),
        wording::decided_as,
    );
    Told::new("⏱️", "EXTENDED", headline)
        .line(phrase!(
            "Extended by {} by {}: until {}",
            added,
            about.by(),
            more.until
        ))
        .field("Added", added)
        .field("Until", more.until)
        .field_if("Asked by", more.asked_by.map(|person| person.name.as_str()))
        .field("Decided as", decided_as)
        .words(words)
        .weighs(Weight::Line)
        .place(Place::Announced)
}

pub(super) fn confirmed<'a>(about: About<'_>, until: Timestamp, deadline_on_target: bool) -> Told<'a> {
    let short = wording::until(until, about.request);
    let headline = phrase!(
        "{} confirmed the new end, {}: {}",
        about.integration(),
        short,
        about.held()
    );
    Told::new("✔️", "EXTENSION CONFIRMED", headline)
        .line(phrase!("The target confirmed the new end, {}", until))
        .field("Until", until)
        .field("Deadline on target", yes_or_no(deadline_on_target))
}

pub(super) fn rejected<'a>(
    about: About<'_>,
    because: &Because,
    waited_us: u64,
    reason: Option<&'a WordsRef>,
) -> Told<'a> {
    let because = wording::decided_as(because);
    Told::new(
        "❌",
        "EXTENSION REJECTED",
        phrase!("by {}: {}", about.by(), about.held()),
    )
    .line(phrase!(
        "Extension rejected by {}, {}",
        about.by(),
        because.as_str()
    ))
    .field("Decided as", because)
    .field("Waited", micros(waited_us))
    .words(reason)
}

pub(super) fn lapsed<'a>(about: About<'_>, waited_us: u64) -> Told<'a> {
    let waited = micros(waited_us);
    let headline = phrase!(
        "nobody answered in {}: {}",
        wording::minutes(waited),
        about.held()
    );
    Told::new("⌛", "EXTENSION LAPSED", headline)
        .line("Extension lapsed: nobody answered".into())
        .field("Waited", waited)
}

pub(super) fn failed<'a>(about: About<'_>, target_said: &str, until: Timestamp) -> Told<'a> {
    let short = wording::until(until, about.request);
    let line = phrase!("Extension failed, so it still ends at {}: {}", until, target_said);
    Told::new(
        "⚠️",
        "EXTENSION FAILED",
        phrase!("still ends at {}: {}", short, about.held()),
    )
    .line(line)
    .field("Until", until)
    .field("Cause", target_said)
    .weighs(Weight::Line)
}
