//! Live access and how it ends: granted, shown, revoked, gone, cleaned up.

use crate::access::time::Timestamp;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Ended, PersonFacts};
use crate::audit::overdue::Overdue;
use crate::audit::words::WordsRef;

use super::event::{About, Place, Told, Weight, micros, people, yes_or_no};
use super::phrase::{Phrase, Span, phrase};
use super::{causes, usage, wording};

/// What the target confirmed.
pub(super) struct Grant<'a> {
    pub(super) approved_by: &'a [PersonFacts],
    pub(super) principal: &'a str,
    pub(super) until: Timestamp,
    pub(super) confirmed_at: Timestamp,
    pub(super) deadline_on_target: bool,
    pub(super) live_grants: u64,
}

pub(super) fn granted<'a>(about: About<'_>, grant: &Grant<'_>) -> Told<'a> {
    let until = wording::until(grant.until, about.request);
    let principal = code(grant.principal);
    let approved_by = if grant.approved_by.is_empty() {
        "automatically".into()
    } else {
        people(grant.approved_by)
    };
    let headline = phrase!(
        "{} has {} until {} ({})",
        about.grantee(),
        about.access(),
        until,
        about.duration()
    );
    Told::new("🔓", "GRANTED", headline)
        .line(phrase!("Granted as {} until {}", principal.clone(), grant.until))
        .field("Approved by", approved_by)
        .field("Target account", principal)
        .field("Confirmed at", grant.confirmed_at)
        .field("Deadline on target", yes_or_no(grant.deadline_on_target))
        .field("Live grants of this person", grant.live_grants)
        .weighs(Weight::Line)
        .place(Place::Announced)
}

pub(super) fn credentials_shown<'a>(
    about: About<'_>,
    principal: &str,
    key: Option<&str>,
    until: Option<Timestamp>,
) -> Told<'a> {
    let line = match until {
        Some(until) => phrase!(
            "Certificate shown to {}, for new logins until {}",
            about.by(),
            until
        ),
        None => phrase!("Credentials shown to {}", about.by()),
    };
    Told::new(
        "🔑",
        "CREDENTIALS SHOWN",
        phrase!("to {}: {}", about.by(), about.access()),
    )
    .line(line)
    .field("Target account", code(principal))
    .field_if("Public key", key.map(code))
    .field_if("Works for new logins until", until)
}

pub(super) fn revoking<'a>(about: About<'a>, cause: &Cause, reason: Option<&'a WordsRef>) -> Told<'a> {
    let why = causes::cause(cause);
    let (headline, line) = match &about.event.actor {
        Actor::Person(person) => (
            phrase!("by {}: {}", person, about.held()),
            phrase!("Revoking, by {}: {}", person, why.as_str()),
        ),
        Actor::Apono | Actor::Stranger { .. } => (
            phrase!("{}: {}", why.as_str(), about.held()),
            phrase!("Revoking: {}", why.as_str()),
        ),
    };
    Told::new("⏳", "REVOKING", headline)
        .line(line)
        .why(&why)
        .words(reason)
        .weighs(Weight::Line)
}

pub(super) fn revoked<'a>(about: About<'_>, end: &Ended) -> Told<'a> {
    let how = match &end.by {
        Some(person) => phrase!("by {}", person),
        None => causes::ended(&end.cause).into(),
    };
    let lasted = wording::minutes(micros(end.lasted_us));
    let headline = phrase!(
        "{} after {} of {}: {}",
        how,
        lasted,
        about.duration(),
        about.held()
    );
    let line = phrase!("Revoked: {}", end.proof.as_str());
    let took = micros(end.late_us);
    let told = Told::new("🔒", "REVOKED", headline)
        .line(line)
        .field("Why", causes::ended(&end.cause))
        .field("Confirmed gone at", end.confirmed_at)
        // Nothing is late about an early end, but a slow one is worth a word.
        .field_if("Took", (took >= wording::ON_TIME).then_some(took));
    ended(told, end)
}

pub(super) fn expired<'a>(about: About<'_>, end: &Ended) -> Told<'a> {
    let late = wording::late(end.late_us);
    let headline = phrase!("{}: {}", late.as_str(), about.held());
    let line = phrase!("Expired: {} ({})", end.proof.as_str(), late);
    let told = Told::new("🏁", "EXPIRED", headline)
        .line(line)
        .field("Why", causes::ended(&end.cause))
        .field("Confirmed gone at", end.confirmed_at)
        .field("Lateness", wording::late(end.late_us));
    ended(told, end)
}

fn ended<'a>(told: Told<'a>, end: &Ended) -> Told<'a> {
    let told = if end.open_sessions_go_on {
        told.field("Open sessions", "keep running until somebody closes them")
    } else {
        told.field("Sessions ended", end.sessions_ended)
    };
    told.field("Proof", end.proof.as_str())
        .field_if("Used", end.used.as_ref().map(usage::sentence))
        .weighs(Weight::Line)
        .place(Place::Announced)
}

pub(super) fn failed<'a>(
    about: About<'_>,
    cause: &Cause,
    tries: u32,
    undo_confirmed_at: Option<Timestamp>,
) -> Told<'a> {
    let why = causes::failed(cause);
    let headline = phrase!(
        "not granted; nothing left on {}: {}",
        about.integration(),
        about.asked()
    );
    let (step, undone) = match undo_confirmed_at {
        Some(at) => ("granting", Phrase::from(at)),
        None => ("before the target was touched", "nothing to undo".into()),
    };
    Told::new("⚠️", "FAILED", headline)
        .line(phrase!("Failed: {}", why.as_str()))
        .field("Step", step)
        .field("Cause", why)
        .field("Tries", tries)
        .field("Undo confirmed at", undone)
        .field("Next step", causes::next_step(cause.fails()))
        .weighs(Weight::Line)
        .place(Place::Announced)
}

pub(super) fn overdue<'a>(about: About<'_>, overdue: &Overdue) -> Told<'a> {
    let late = wording::minutes(micros(overdue.late_us));
    let locked = match overdue.locked_since {
        Some(since) => phrase!("by the target's own deadline since {}", since),
        None => "not confirmed".into(),
    };
    let sessions = if overdue.open_sessions_go_on {
        "open sessions are not ended"
    } else {
        "not confirmed ended"
    };
    let next_try = overdue.next_try.map_or_else(|| "now".into(), Phrase::from);
    let error = overdue.last_error.as_deref().unwrap_or("none yet");
    Told::new(
        "⏰",
        "OVERDUE",
        phrase!("still live {} past its end: {}", late, about.held()),
    )
    .line(phrase!("Overdue: it should have ended at {}", overdue.due))
    .field("Login locked", locked)
    .field("Sessions", sessions)
    .field("Next try", next_try)
    .field_if(
        "Also overdue there",
        (overdue.others > 0).then_some(overdue.others),
    )
    .error("Last error", error)
    .weighs(Weight::Message)
}

pub(super) fn cleaned_up<'a>(about: About<'_>, summary: &str) -> Told<'a> {
    Told::new(
        "🧹",
        "CLEANED UP",
        phrase!("{} on {}", summary, about.integration()),
    )
    .line(phrase!("Cleaned up: {}", summary))
    .field("Result", summary)
}

pub(super) fn code(text: &str) -> Phrase {
    Span::Code(text.to_owned()).into()
}
