//! A request until it is granted: requested, answered, closed.

use crate::access::people::Because;
use crate::access::time::Timestamp;
use crate::audit::cause::{Cause, Waited};
use crate::audit::event::{Asked, PersonFacts};
use crate::audit::words::WordsRef;

use super::event::{About, Place, Told, Weight, in_full, micros, whom};
use super::phrase::{Phrase, phrase};
use super::{causes, wording};

/// What was asked for, beside what every event about a request says.
pub(super) struct Request<'a> {
    pub(super) policy_digest: &'a str,
    pub(super) asked: &'a [Asked],
    pub(super) answer_due: Timestamp,
    pub(super) justification: &'a WordsRef,
    pub(super) sensitive: &'a [String],
}

pub(super) fn requested<'a>(about: About<'a>, request: &Request<'a>) -> Told<'a> {
    let Request {
        policy_digest,
        asked,
        answer_due,
        justification,
        sensitive,
    } = *request;
    let headline = phrase!(
        "{} asks for {}, {}",
        about.requester(),
        about.access(),
        about.duration()
    );
    let names: Vec<String> = asked.iter().map(|asked| asked.person.name.clone()).collect();
    let line = if names.is_empty() {
        phrase!("Requested by {}", about.by())
    } else {
        phrase!("Requested by {}; asked: {}", about.by(), wording::some_of(&names))
    };
    let flows = wording::flows(about.request);
    let is_asked = !asked.is_empty();
    // No other event lists every resource of a long request.
    let is_long = about.request.resources.len() > wording::NAMED;
    let weight = if is_long { Weight::Message } else { Weight::Count };
    Told::new("📝", "REQUESTED", headline)
        .line(line)
        .field(
            "Flow",
            phrase!("{} (policy {})", flows, wording::short(policy_digest)),
        )
        .field_if("Sensitive", wording::sensitive(sensitive))
        .field_if("Asked", is_asked.then(|| whom(asked)))
        .field_if("Answer due", is_asked.then_some(answer_due))
        .words(Some(justification))
        .weighs(weight)
        .place(Place::Alone)
}

pub(super) fn approved<'a>(
    about: About<'a>,
    because: Option<&Because>,
    waited_us: u64,
    still_needed: u32,
    reason: Option<&'a WordsRef>,
) -> Told<'a> {
    let (mark, word) = ("✅", "APPROVED");
    let Some(because) = because else {
        let flows = wording::flows(about.request);
        let headline = phrase!("automatically by \"{}\": {}", flows, about.asked());
        return Told::new(mark, word, headline)
            .line("Approved automatically".into())
            .words(reason);
    };
    let of = 1 + still_needed;
    let because = wording::decided_as(because);
    let line = phrase!("Approved by {}, {}", about.by(), because.as_str());
    Told::new(
        mark,
        word,
        phrase!("by {} (1 of {}): {}", about.by(), of, about.asked()),
    )
    .line(line)
    .field("Decided as", because)
    .field("Waited", micros(waited_us))
    .field("Still needed", still_needed)
    .words(reason)
}

pub(super) fn rejected<'a>(
    about: About<'a>,
    because: &Because,
    waited_us: u64,
    reason: Option<&'a WordsRef>,
) -> Told<'a> {
    let because = wording::decided_as(because);
    Told::new("❌", "REJECTED", phrase!("by {}: {}", about.by(), about.asked()))
        .line(phrase!("Rejected by {}, {}", about.by(), because.as_str()))
        .field("Decided as", because)
        .field("Waited", micros(waited_us))
        .words(reason)
        .weighs(Weight::Line)
}

pub(super) fn turned_down<'a>(about: About<'_>, cause: &Cause) -> Told<'a> {
    let why = causes::cause(cause);
    Told::new("❌", "REJECTED", phrase!("{}: {}", why.as_str(), about.asked()))
        .line(phrase!("Rejected: {}", why.as_str()))
        .why(&why)
        .weighs(Weight::Line)
}

pub(super) fn lapsed<'a>(about: About<'_>, asked: &[Asked], waited_us: u64) -> Told<'a> {
    let waited = wording::minutes(micros(waited_us));
    Told::new(
        "⌛",
        "LAPSED",
        phrase!("nobody answered in {}: {}", waited, about.asked()),
    )
    .line("Lapsed: nobody answered".into())
    .field("Asked", whom(asked))
    .weighs(Weight::Line)
}

pub(super) fn cancelled<'a>(about: About<'a>, was: Waited, reason: Option<&'a WordsRef>) -> Told<'a> {
    let was = match was {
        Waited::Pending => "Pending",
        Waited::Approved => "Approved",
    };
    Told::new("↩️", "CANCELLED", phrase!("by {}: {}", about.by(), about.asked()))
        .line(phrase!("Cancelled by {}", about.by()))
        .field("Was", was)
        .words(reason)
}

pub(super) fn reopened<'a>(about: About<'_>, approved_by: &[PersonFacts]) -> Told<'a> {
    let why = causes::approval_stopped(approved_by);
    Told::new("🔁", "REOPENED", phrase!("{}: {}", why.as_str(), about.asked()))
        .line(phrase!("Open again: {}", why.as_str()))
        .why(&why)
}

pub(super) fn not_reached<'a>(
    about: About<'_>,
    person: &PersonFacts,
    slack_error: &str,
    others: u64,
) -> Told<'a> {
    let (headline, place) = if others == 0 {
        let nobody = "cannot be messaged, and nobody else can answer";
        (
            phrase!("{} {}: {}", person, nobody, about.asked()),
            Place::Announced,
        )
    } else {
        (
            phrase!("{} cannot be messaged: {}", person, about.asked()),
            Place::WithRequest,
        )
    };
    Told::new("📪", "NOT REACHED", headline)
        .line(phrase!(
            "{} could not be asked: Slack says {}",
            person,
            slack_error
        ))
        .field("Not reached", in_full(person))
        .field("Slack says", Phrase::from(slack_error))
        .field("Others who could answer", others)
        .weighs(Weight::Line)
        .place(place)
}
