//! What was found on a target, and what was done about it.

use crate::access::reconcile::Drift;
use crate::audit::event::{Event, RequestFacts};
use crate::audit::on_target::OnTarget;

use super::access::code;
use super::differences;
use super::event::{About, Place, Told, Weight};
use super::phrase::{Phrase, phrase};

/// A finding about a known request is told together with that request.
pub(super) fn told<'a>(event: &Event, found: &OnTarget) -> Told<'a> {
    let told = match event.request.as_ref() {
        Some(request) => about(About { event, request }, found).about(request),
        None => alone(found),
    };
    let told = with_fields(told, found, event.request.as_ref());
    match found {
        OnTarget::SessionsKept { why, .. } => told.error("Why", &differences::kept(why)),
        OnTarget::LeftOver { target, .. } => told.error("Last error", &target.said),
        _ => told,
    }
}

fn about<'a>(about: About<'_>, found: &OnTarget) -> Told<'a> {
    let on = about.integration();
    let (headline, line) = match found {
        OnTarget::Drift { found, more, .. } => {
            let found = differences::differences(found, *more);
            (
                phrase!("on {} {}: {}", on, found.as_str(), about.held()),
                phrase!("Changed on the target: {}", found),
            )
        }
        OnTarget::Ungranted { found, more, .. } => {
            let found = differences::added(found, *more);
            (
                phrase!("on {} {}: {}", on, found.as_str(), about.held()),
                phrase!("On the target, never granted: {}", found),
            )
        }
        OnTarget::TakenOff { .. } => (
            phrase!("what nobody granted is gone from {}: {}", on, about.held()),
            "What nobody granted was removed on the target".into(),
        ),
        OnTarget::SessionsOrdered { account } => (
            phrase!("of {} on {}, by {}", code(account), on, about.by()),
            phrase!("{} ordered the sessions of {} to end", about.by(), code(account)),
        ),
        OnTarget::SessionsEnded {
            account,
            sessions,
            by,
        } => {
            let name = by.name.as_str();
            (
                phrase!(
                    "of {} on {}, as {} ordered: {}",
                    code(account),
                    on,
                    name,
                    *sessions
                ),
                phrase!("Sessions of {} ended: {}", code(account), *sessions),
            )
        }
        OnTarget::SessionsKept { account, by, why } => {
            let why = differences::kept(why);
            (
                phrase!("of {} on {}, as {} ordered", code(account), on, by.name.as_str()),
                phrase!("Sessions of {} could not be ended: {}", code(account), why),
            )
        }
        OnTarget::LeftOver { target, .. } => (
            phrase!("what it left behind on {} is still there: {}", on, about.held()),
            phrase!("Could not be cleaned up: {}", target.said.as_str()),
        ),
        OnTarget::SetRight { until, .. } => (
            phrase!("{} again has exactly what was granted: {}", on, about.held()),
            phrase!("Corrected on the target, until {}", *until),
        ),
        OnTarget::Ended { proof, .. } => (
            phrase!("it was back on {}: {}", on, about.held()),
            phrase!("Found on the target again and ended: {}", proof.as_str()),
        ),
        OnTarget::Cleaned {
            integration, summary, ..
        } => (
            phrase!("{} on {}", summary.as_str(), integration.as_str()),
            phrase!("Cleaned up: {}", summary.as_str()),
        ),
        OnTarget::Adopted { until, .. } => (stranger(found), phrase!("Adopted until {}", *until)),
    };
    let (mark, word) = marked(found);
    Told::new(mark, word, headline)
        .line(line)
        .weighs(Weight::Line)
        .place(place(found))
}

const fn place(found: &OnTarget) -> Place {
    match found {
        OnTarget::Drift { .. }
        | OnTarget::Ungranted { .. }
        | OnTarget::SessionsEnded { .. }
        | OnTarget::SessionsKept { .. }
        | OnTarget::Adopted { .. }
        | OnTarget::Ended { .. }
        | OnTarget::LeftOver { .. } => Place::Announced,
        OnTarget::SetRight { .. }
        | OnTarget::TakenOff { .. }
        | OnTarget::SessionsOrdered { .. }
        | OnTarget::Cleaned { .. } => Place::WithRequest,
    }
}

const fn marked(found: &OnTarget) -> (&'static str, &'static str) {
    match found {
        OnTarget::Drift { .. } => ("🧭", "DRIFT"),
        OnTarget::SetRight { .. } => ("🧭", "SET RIGHT"),
        OnTarget::Ungranted { .. } => ("🚷", "UNGRANTED"),
        OnTarget::TakenOff { .. } => ("🧭", "TAKEN OFF"),
        OnTarget::SessionsOrdered { .. } => ("🟥", "END SESSIONS"),
        OnTarget::SessionsEnded { .. } => ("🔒", "SESSIONS ENDED"),
        OnTarget::SessionsKept { .. } => ("⚠️", "SESSIONS NOT ENDED"),
        OnTarget::LeftOver { .. } => ("⚠️", "NOT CLEANED UP"),
        OnTarget::Adopted { .. } => ("🧭", "ADOPTED"),
        OnTarget::Ended { .. } => ("🔒", "ENDED"),
        OnTarget::Cleaned { .. } => ("🧹", "CLEANED UP"),
    }
}

/// No known request belongs to it, or the event names none.
fn alone<'a>(found: &OnTarget) -> Told<'a> {
    let headline = match found {
        OnTarget::Drift {
            principal,
            found,
            more,
            ..
        } => phrase!("{}: {}", code(principal), differences::differences(found, *more)),
        OnTarget::Ungranted {
            principal,
            found,
            more,
            ..
        } => phrase!("{}: {}", code(principal), differences::added(found, *more)),
        OnTarget::TakenOff { principal } => {
            phrase!("what nobody granted is gone from {}", code(principal))
        }
        OnTarget::SessionsOrdered { account }
        | OnTarget::SessionsEnded { account, .. }
        | OnTarget::SessionsKept { account, .. } => phrase!("sessions of {}", code(account)),
        OnTarget::LeftOver {
            integration,
            principal,
            ..
        } => phrase!(
            "what {} left behind on {} is still there",
            code(principal),
            integration.as_str()
        ),
        OnTarget::SetRight { principal, .. } => {
            phrase!("{} again has exactly what was granted", code(principal))
        }
        OnTarget::Adopted { .. } | OnTarget::Ended { .. } => stranger(found),
        OnTarget::Cleaned {
            integration, summary, ..
        } => phrase!("{} on {}", summary.as_str(), integration.as_str()),
    };
    let (mark, word) = marked(found);
    Told::new(mark, word, headline)
        .weighs(Weight::Line)
        .place(Place::Alone)
}

/// Access on the target that names a request we do not know.
fn stranger(found: &OnTarget) -> Phrase {
    match found {
        OnTarget::Adopted {
            integration,
            number,
            until,
            ..
        } => phrase!(
            "{} on {}, unknown to me, until {}",
            *number,
            integration.as_str(),
            *until
        ),
        OnTarget::Ended {
            integration, number, ..
        } => phrase!(
            "{} on {}, unknown to me: its time is up",
            *number,
            integration.as_str()
        ),
        _ => Phrase::default(),
    }
}

/// The integration has a field of its own if no request names it.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each finding")]
fn with_fields<'a>(told: Told<'a>, found: &OnTarget, request: Option<&RequestFacts>) -> Told<'a> {
    let unless_known = |integration: &'_ str| request.is_none().then(|| integration.to_owned());
    match found {
        OnTarget::Drift {
            principal,
            found,
            more,
            then,
        } => {
            let then = match then {
                Drift::Observe | Drift::Warn => "nothing is changed; somebody has to check it",
                Drift::Enforce => "it is corrected; if that fails, it is ended",
            };
            told.field("Target account", code(principal))
                .field("On the target", differences::differences(found, *more))
                .field("What happens now", then)
        }
        OnTarget::Ungranted {
            principal, found, more, ..
        } => told
            .field("Target account", code(principal))
            .field("On the target", differences::added(found, *more))
            .field(
                "What happens now",
                "it is removed at once; if that fails, the access ends. Other people's sessions keep running until an admin ends them",
            ),
        OnTarget::SessionsOrdered { account } => told.field("Account", code(account)),
        OnTarget::SessionsEnded {
            account,
            sessions,
            by,
        } => told
            .field("Account", code(account))
            .field("Sessions ended", *sessions)
            .field("Ordered by", by.name.as_str()),
        OnTarget::SessionsKept { account, by, .. } => told
            .field("Account", code(account))
            .field("Ordered by", by.name.as_str()),
        OnTarget::LeftOver {
            integration,
            principal,
            since,
            tries,
            ..
        } => told
            .field_if("Integration", unless_known(integration))
            .field("Target account", code(principal))
            .field("Access ended", *since)
            .field("Tries", *tries),
        OnTarget::SetRight { principal, until } => told
            .field("Target account", code(principal))
            .field("Until", *until),
        OnTarget::Adopted {
            integration,
            principal,
            until,
            gives,
            ..
        } => told
            .field_if("Integration", unless_known(integration))
            .field("Target account", code(principal))
            .field("Gives", differences::ties(gives))
            .field("Until", *until),
        OnTarget::Ended {
            integration,
            principal,
            is_known,
            sessions_ended,
            proof,
            ..
        } => {
            let why = if *is_known {
                "it was there although its request has ended"
            } else {
                "I know of no request for it, and its time is up or an admin ended it"
            };
            told.field_if("Integration", unless_known(integration))
                .field("Target account", code(principal))
                .field("Why", why)
                .field("Sessions ended", *sessions_ended)
                .field("Proof", proof.as_str())
        }
        OnTarget::TakenOff { principal } | OnTarget::Cleaned { principal, .. } => {
            told.field("Target account", code(principal))
        }
    }
}
