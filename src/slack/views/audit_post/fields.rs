//! The labelled facts of a post.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::access::people::Standing;
use crate::audit::event::{Actor, Asked, Event, RequestFacts, What, Whole};
use crate::audit::overdue::Overdue;

use super::super::{timeline, wording};

use super::day::day_fields;
use super::{on_target, restored};

pub(super) type Field = (&'static str, String);

/// How many of many sentences are shown.
const FEW: usize = 5;

/// What every message about a request says.
pub(super) fn base_fields(about: &RequestFacts) -> Vec<Field> {
    let mut fields = vec![("Requester", wording::person(&about.requester))];
    if let Some(grantee) = &about.grantee {
        fields.push(("For", wording::person(grantee)));
    }
    fields.extend([
        ("Permissions", about.permissions.join(", ")),
        ("Resources", wording::resources(about)),
        (
            "Integration",
            format!("{} ({}, {})", about.integration, about.kind, about.resource_type),
        ),
        ("Duration", wording::duration(about)),
    ]);
    fields
}

/// What this kind of event says besides.
pub(super) fn more_fields(event: &Event) -> Vec<Field> {
    match &event.what {
        What::Requested {
            policy_digest,
            asked,
            answer_due,
            ..
        } => {
            let flow = event.request.as_ref().map_or("", |about| about.flow.as_str());
            let mut fields = vec![("Flow", format!("{flow} (policy {})", short(policy_digest)))];
            if !asked.is_empty() {
                fields.push(("Asked", whom(asked)));
                fields.push(("Answer due", answer_due.to_string()));
            }
            fields
        }
        What::Approved {
            decided_as,
            waited_us,
            still_needed,
            ..
        } => match decided_as {
            Some(because) => vec![
                ("Decided as", wording::decided_as(because)),
                ("Waited", span(*waited_us)),
                ("Still needed", still_needed.to_string()),
            ],
            None => Vec::new(),
        },
        What::Rejected {
            decided_as,
            waited_us,
            ..
        } => {
            vec![
                ("Decided as", wording::decided_as(decided_as)),
                ("Waited", span(*waited_us)),
            ]
        }
        What::Lapsed { asked, .. } => vec![("Asked", whom(asked))],
        What::Cancelled { was } => vec![("Was", was.clone())],
        What::Reopened { why } | What::Revoking { why } | What::TurnedDown { why } => {
            vec![("Why", why.clone())]
        }
        What::Granted {
            approved_by,
            principal,
            confirmed_at,
            deadline_on_target,
            live_grants,
            ..
        } => vec![
            (
                "Approved by",
                if approved_by.is_empty() {
                    "automatically".to_owned()
                } else {
                    approved_by.join(", ")
                },
            ),
            ("Target account", principal.clone()),
            ("Confirmed at", confirmed_at.to_string()),
            ("Deadline on target", yes_or_no(*deadline_on_target)),
            ("Live grants of this person", live_grants.to_string()),
        ],
        What::Revoked(ended) | What::Expired(ended) => vec![
            ("Why", ended.why.clone()),
            ("Confirmed gone at", ended.confirmed_at.to_string()),
            ("Lateness", timeline::late(ended.late_us)),
            (
                "Sessions ended",
                if ended.open_sessions_go_on {
                    "none: open sessions are not ended".to_owned()
                } else {
                    ended.sessions_ended.to_string()
                },
            ),
            ("Proof", ended.proof.clone()),
        ],
        What::Failed {
            step,
            cause,
            tries,
            undo_confirmed_at,
            next_step,
        } => vec![
            ("Step", step.clone()),
            ("Cause", cause.clone()),
            ("Tries", tries.to_string()),
            (
                "Undo confirmed at",
                undo_confirmed_at.map_or_else(|| "nothing to undo".to_owned(), |at| at.to_string()),
            ),
            ("Next step", next_step.clone()),
        ],
        What::CredentialsShown {
            principal,
            key,
            until,
        } => {
            let mut fields = vec![("Target account", principal.clone())];
            fields.extend(key.clone().map(|key| ("Public key", key)));
            fields.extend(until.map(|until| ("Works for new logins until", until.to_string())));
            fields
        }
        What::NotReached { person, why, others } => vec![
            ("Not reached", wording::person(person)),
            ("Slack says", why.clone()),
            ("Others who could answer", others.to_string()),
        ],
        What::Overdue(late) => overdue(late),
        What::Restored(found) => restored::fields(found),
        What::CleanedUp { summary } => vec![("Result", summary.clone())],
        What::Refused { why, standing, .. } => refused(event, why, *standing),
        What::RefusedAgain {
            why,
            standing,
            times,
            since,
            requests,
            ..
        } => {
            let mut fields = refused(event, why, *standing);
            fields.push(("Times", format!("{times}, after the first at {since}")));
            if !requests.is_empty() {
                let numbers: Vec<String> = requests.iter().map(ToString::to_string).collect();
                fields.push(("Requests", numbers.join(", ")));
            }
            fields
        }
        What::Blocked { person, ended, .. } => vec![
            ("Person", wording::person(person)),
            ("Blocked by", by(event)),
            ("Requests and access ended", ended.to_string()),
        ],
        What::Unblocked { person } => {
            vec![("Person", wording::person(person)), ("Unblocked by", by(event))]
        }
        What::Frozen { integration, .. } => {
            vec![("Integration", integration.clone()), ("Frozen by", by(event))]
        }
        What::Thawed { integration } => {
            vec![("Integration", integration.clone()), ("Thawed by", by(event))]
        }
        What::RevokeAll {
            whole,
            ending,
            braked,
            ..
        } => {
            let (label, name, brake) = match whole {
                Whole::Person(person) => ("Person", wording::person(person), "Blocked with it"),
                Whole::Integration(name) => ("Integration", name.clone(), "Frozen with it"),
            };
            vec![
                (label, name),
                ("Pressed by", by(event)),
                ("Live or approved, and ending", ending.to_string()),
                (brake, yes_or_no(*braked)),
            ]
        }
        What::Joined { person, same_as } => vec![
            ("Person", wording::person(person)),
            ("Same as", wording::person(same_as)),
            ("Known by both", format!("{} = {}", person.id, same_as.id)),
        ],
        What::AddressAccepted { email, was, now } => vec![
            ("Address", email.clone()),
            (
                "Stood for",
                was.as_ref().map_or_else(|| "nobody".to_owned(), wording::person),
            ),
            ("Stands for", wording::person(now)),
            ("Accepted by", by(event)),
        ],
        What::Started {
            version,
            policy_digest,
        } => {
            vec![
                ("Version", version.clone()),
                ("Policy", short(policy_digest).to_owned()),
            ]
        }
        What::PolicyChanged {
            from_digest,
            to_digest,
            active_before,
            needs_restart,
            ..
        } => {
            let mut fields = vec![
                ("From", from_digest.as_deref().map_or("none", short).to_owned()),
                ("To", short(to_digest).to_owned()),
            ];
            if let Some(at) = active_before {
                fields.push(("First active", at.to_string()));
            }
            if !needs_restart.is_empty() {
                fields.push(("Counts after a restart", needs_restart.join(", ")));
            }
            fields
        }
        What::ReloadRefused { problems } => a_few("Problem", problems, FEW).collect(),
        What::TokensExchanged { which } => vec![("Exchanged", which.join(", "))],
        What::AuthorityRecorded {
            integration,
            fingerprint,
            made,
        } => vec![
            ("Integration", integration.clone()),
            ("CA key", fingerprint.clone()),
            ("Made by apono", if *made { "yes" } else { "no" }.to_owned()),
        ],
        What::AuthorityRefused {
            integration,
            on_record,
            why,
        } => vec![
            ("Integration", integration.clone()),
            (
                "CA key on record",
                on_record.clone().unwrap_or_else(|| "none".to_owned()),
            ),
            ("Why", why.clone()),
        ],
        What::Day(day) => day_fields(day),
        What::OnTarget(found) => on_target::fields(found, event.request.is_some()),
        What::Genesis => vec![("Install", event.install.to_string())],
        What::Stopped | What::PolicyChangedFurther { .. } => Vec::new(),
        What::ExtensionAsked {
            would_end,
            asked,
            answer_due,
            ..
        } => vec![
            ("Would end", would_end.to_string()),
            ("Asked", whom(asked)),
            ("Answer due", answer_due.to_string()),
        ],
        What::Extended {
            added_s,
            until,
            asked_by,
            decided_as,
            ..
        } => {
            let added = spoken(Duration::from_secs(*added_s));
            let mut fields = vec![("Added", added), ("Until", until.to_string())];
            if let Some(name) = asked_by {
                fields.push(("Asked by", name.clone()));
            }
            fields.push((
                "Decided as",
                decided_as
                    .as_ref()
                    .map_or_else(|| "the flow asks nobody again".to_owned(), wording::decided_as),
            ));
            fields
        }
        What::ExtensionConfirmed {
            until,
            deadline_on_target,
        } => vec![
            ("Until", until.to_string()),
            ("Deadline on target", yes_or_no(*deadline_on_target)),
        ],
        What::ExtensionRejected {
            decided_as,
            waited_us,
            ..
        } => vec![
            ("Decided as", wording::decided_as(decided_as)),
            ("Waited", span(*waited_us)),
        ],
        What::ExtensionLapsed { waited_us } => vec![("Waited", span(*waited_us))],
        What::ExtensionFailed { cause, until } => {
            vec![("Until", until.to_string()), ("Cause", cause.clone())]
        }
    }
}

fn overdue(late: &Overdue) -> Vec<Field> {
    let locked = late.locked_since.map_or_else(
        || "not confirmed".to_owned(),
        |since| format!("by the target's own deadline since {since}"),
    );
    let sessions = if late.open_sessions_go_on {
        "open sessions are not ended"
    } else {
        "not confirmed ended"
    };
    let mut fields = vec![
        ("Login locked", locked),
        ("Sessions", sessions.to_owned()),
        (
            "Next try",
            late.next_try
                .map_or_else(|| "now".to_owned(), |at| at.to_string()),
        ),
    ];
    if late.others > 0 {
        fields.push(("Also overdue there", late.others.to_string()));
    }
    fields
}

/// What went wrong last, which has to be read whole: it may say what to type.
pub(super) fn error(what: &What) -> Option<(&'static str, &str)> {
    match what {
        What::Overdue(late) => Some(("Last error", late.last_error.as_deref().unwrap_or("none yet"))),
        What::OnTarget(found) => on_target::error(found).map(|(label, error)| (label, error.as_str())),
        _ => None,
    }
}

/// The first of `sentences`, a field each, and how many there are besides.
fn a_few(label: &'static str, sentences: &[String], most: usize) -> impl Iterator<Item = Field> {
    let rest = sentences.len().saturating_sub(most);
    let more = (rest > 0).then(|| ("And", format!("{rest} more")));
    let shown = sentences.iter().take(most).cloned();
    shown.map(move |sentence| (label, sentence)).chain(more)
}

fn refused(event: &Event, why: &str, standing: Option<Standing>) -> Vec<Field> {
    let mut fields = vec![("Why", why.to_owned())];
    if let Actor::Person(person) = &event.actor {
        fields.push(("Tried by", wording::person(person)));
    }
    if let Some(standing) = standing {
        fields.push(("Standing", format!("{standing:?}").to_lowercase()));
    }
    fields
}

fn by(event: &Event) -> String {
    match &event.actor {
        Actor::Person(person) => wording::person(person),
        Actor::Apono | Actor::Stranger { .. } => timeline::actor(&event.actor),
    }
}

fn whom(asked: &[Asked]) -> String {
    let names: Vec<String> = asked
        .iter()
        .map(|asked| format!("{} ({})", asked.name, wording::decided_as(&asked.because)))
        .collect();
    wording::some_of(&names)
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn span(micros: u64) -> String {
    spoken(Duration::from_micros(micros))
}
