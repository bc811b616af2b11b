//! What admins stop and start again (people, integrations, everything at once), and refusals.

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::RequestNumber;
use crate::access::people::Standing;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, PersonFacts, RequestFacts, Whole};
use crate::audit::words::WordsRef;

use super::event::{Place, Told, Weight, in_full, who, who_in_full, yes_or_no};
use super::phrase::{Phrase, phrase};
use super::{refusals, wording};

/// What a page about somebody who is blocked says.
pub fn is_blocked(by: &PersonFacts, since: Timestamp) -> Phrase {
    phrase!(
        "Blocked by {} since {}: no access and no decisions until unblocked.",
        by,
        since
    )
}

/// What a page about an integration that is frozen says.
pub fn is_frozen(by: &PersonFacts, since: Timestamp) -> Phrase {
    phrase!(
        "Frozen by {} since {}: nothing new is granted on it until it is thawed.",
        by,
        since
    )
}

pub(super) fn blocked<'a>(
    event: &Event,
    person: &PersonFacts,
    ended: u64,
    reason: Option<&'a WordsRef>,
) -> Told<'a> {
    let by = who(&event.actor);
    let headline = phrase!("{} by {}: no access and no decisions until unblocked", person, by);
    line_alone("🚫", "BLOCKED", headline)
        .field("Person", in_full(person))
        .field("Blocked by", who_in_full(&event.actor))
        .field("Requests and access ended", ended)
        .words(reason)
}

pub(super) fn unblocked<'a>(event: &Event, person: &PersonFacts) -> Told<'a> {
    let headline = phrase!(
        "{} by {}: can request and decide again",
        person,
        who(&event.actor)
    );
    line_alone("👐", "UNBLOCKED", headline)
        .field("Person", in_full(person))
        .field("Unblocked by", who_in_full(&event.actor))
}

pub(super) fn frozen<'a>(event: &Event, integration: &str, reason: Option<&'a WordsRef>) -> Told<'a> {
    let by = who(&event.actor);
    let headline = phrase!(
        "{} by {}: nothing new is granted on it until it is thawed",
        integration,
        by
    );
    line_alone("🧊", "FROZEN", headline)
        .field("Integration", integration)
        .field("Frozen by", who_in_full(&event.actor))
        .words(reason)
}

pub(super) fn thawed<'a>(event: &Event, integration: &str) -> Told<'a> {
    let headline = phrase!(
        "{} by {}: access is granted on it again",
        integration,
        who(&event.actor)
    );
    line_alone("💧", "THAWED", headline)
        .field("Integration", integration)
        .field("Thawed by", who_in_full(&event.actor))
}

pub(super) fn revoke_all<'a>(
    event: &Event,
    whole: &Whole,
    ending: u64,
    strays: u64,
    braked: bool,
    reason: Option<&'a WordsRef>,
) -> Told<'a> {
    let (all, label, name, brake) = match whole {
        Whole::Person(person) => (
            phrase!("of {}", person),
            "Person",
            in_full(person),
            "Also blocked",
        ),
        Whole::Integration(name) => {
            let name = name.as_str();
            (phrase!("on {}", name), "Integration", name.into(), "Also frozen")
        }
    };
    let how_many = match ending {
        1 => "1 live or approved request ends".to_owned(),
        ending => format!("{ending} live or approved requests end"),
    };
    let (how_many, strays) = match wording::strays(strays) {
        Some(strays) => (format!("{how_many}, and {strays}"), Some(strays)),
        None => (how_many, None),
    };
    line_alone(
        "🟥",
        "REVOKE ALL",
        phrase!("{} by {}: {}", all, who(&event.actor), how_many),
    )
    .field(label, name)
    .field("Pressed by", who_in_full(&event.actor))
    .field("Requests ending", ending)
    .field_if("Without a request", strays)
    .field(brake, yes_or_no(braked))
    .words(reason)
}

pub(super) fn refused<'a>(
    event: &Event,
    request: Option<&RequestFacts>,
    tried: &Tried,
    why: &Forbidden,
    standing: Option<Standing>,
) -> Told<'a> {
    let (by, tried, sentence) = (
        who(&event.actor),
        refusals::tried(tried),
        refusals::forbidden(why),
    );
    let line = phrase!(
        "Refused {} by {}: {}",
        tried.as_str(),
        by.clone(),
        sentence.as_str()
    );
    let (headline, place) = match request {
        Some(request) => (
            phrase!("{} on {} by {}: {}", tried, request.number, by, sentence.as_str()),
            Place::WithRequest,
        ),
        None => (
            phrase!("{} by {}: {}", tried, by, sentence.as_str()),
            Place::Alone,
        ),
    };
    let told = Told::new("⛔", "REFUSED", headline).line(line).place(place);
    with_reason(told, event, &sentence, standing)
}

/// How often the same thing was refused again.
pub(super) struct Again<'a> {
    pub(super) tried: &'a Tried,
    pub(super) why: &'a Forbidden,
    pub(super) standing: Option<Standing>,
    pub(super) times: u64,
    pub(super) since: Timestamp,
    pub(super) requests: &'a [RequestNumber],
}

pub(super) fn refused_again<'a>(event: &Event, again: &Again<'_>) -> Told<'a> {
    let (tried, sentence) = (refusals::tried(again.tried), refusals::forbidden(again.why));
    let by = who(&event.actor);
    let headline = phrase!("x{}, {} by {}: {}", again.times, tried, by, sentence.as_str());
    let requests = again.requests.iter().copied().map(Phrase::from);
    let requests = (!again.requests.is_empty()).then(|| Phrase::joined(requests, ", "));
    let told = line_alone("⛔", "REFUSED", headline);
    with_reason(told, event, &sentence, again.standing)
        .field(
            "Times",
            phrase!("{}, after the first at {}", again.times, again.since),
        )
        .field_if("Requests", requests)
}

fn with_reason<'a>(told: Told<'a>, event: &Event, sentence: &str, standing: Option<Standing>) -> Told<'a> {
    let tried_by = match &event.actor {
        Actor::Person(person) => Some(in_full(person)),
        Actor::Apono | Actor::Stranger { .. } => None,
    };
    let standing = standing.map(|standing| format!("{standing:?}").to_lowercase());
    told.why(sentence)
        .field_if("Tried by", tried_by)
        .field_if("Standing", standing)
}

pub(super) fn line_alone<'a>(mark: &'static str, word: &'static str, headline: Phrase) -> Told<'a> {
    Told::new(mark, word, headline)
        .weighs(Weight::Line)
        .place(Place::Alone)
}
