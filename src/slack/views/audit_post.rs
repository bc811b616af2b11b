//! The messages of the audit channel, made from the stored event alone (and people's words, which stand apart).
//!
//! Content and order are agreed in the design's `audit-channel.md`. A post is never edited afterwards.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::access::ids::TextId;
use crate::audit::chain::Hash;
use crate::audit::event::{Actor, Asked, Ended, Event, RequestFacts, What};
use crate::audit::words::WordsRef;
use crate::slack::actions;

use super::card::minutes;
use super::kit::{Look, Post, PostBuilder, button};
use super::{timeline, wording};

const WORDS: usize = 500;

/// Where a post stands in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On its own, or as the first of its request's thread.
    TopLevel,
    /// In the thread of its request.
    Thread,
    /// In the thread, and shown to the whole channel.
    Broadcast,
}

/// Where the post of `event` belongs.
pub fn place(event: &Event) -> Place {
    if event.request.is_none() {
        return Place::TopLevel;
    }
    match event.what {
        What::Requested { .. }
        | What::Genesis
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. } => Place::TopLevel,
        What::Granted { .. } | What::Revoked(_) | What::Expired(_) | What::Failed { .. } => Place::Broadcast,
        What::Approved { .. }
        | What::Rejected { .. }
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Revoking { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::Refused { .. } => Place::Thread,
    }
}

/// The words that the post of `event` quotes.
pub fn quotes(event: &Event) -> Option<&TextId> {
    words_ref(&event.what).map(|words| &words.id)
}

fn words_ref(what: &What) -> Option<&WordsRef> {
    match what {
        What::Requested { justification, .. } => Some(justification),
        What::Approved { reason, .. } | What::Rejected { reason, .. } => reason.as_ref(),
        What::Genesis
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Granted { .. }
        | What::Revoking { .. }
        | What::Revoked(_)
        | What::Expired(_)
        | What::Failed { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::Refused { .. }
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. } => None,
    }
}

/// The post of one event. `words` is what [`quotes`] names, unless it was redacted.
pub fn post(seq: u64, hash: &Hash, event: &Event, words: Option<&str>) -> Post {
    let headline = Headline::of(event);
    let mut fields = Vec::new();
    if let Some(about) = &event.request {
        fields.extend(base_fields(about));
    }
    fields.extend(more_fields(event));
    let mut post = PostBuilder::default().headline(headline.emoji, headline.word, &headline.rest);
    if !fields.is_empty() {
        post = post.fields(&fields);
    }
    if let Some(words) = words {
        post = post.words(first_name(&event.actor), words, WORDS);
    }
    if let Some(about) = &event.request {
        post = post.buttons(vec![button(
            actions::OPEN,
            "Open",
            about.id.as_str(),
            Look::Plain,
        )]);
    }
    post.context(&format!("#{seq} · {} · {}", hash.short(), event.at))
        .build()
}

struct Headline {
    emoji: &'static str,
    word: &'static str,
    rest: String,
}

impl Headline {
    fn of(event: &Event) -> Self {
        let (emoji, word) = mark(&event.what);
        let rest = match (&event.request, &event.what) {
            (Some(about), What::Refused { tried, why, .. }) => {
                let who = timeline::actor(&event.actor);
                format!("{tried} on {} by {who}: {why}", about.number)
            }
            (Some(about), _) => format!("{} {}", about.number, about_request(event, about)),
            (None, _) => alone(event),
        };
        Self { emoji, word, rest }
    }
}

const fn mark(what: &What) -> (&'static str, &'static str) {
    match what {
        What::Genesis => ("🌱", "INSTALLED"),
        What::Requested { .. } => ("📝", "REQUESTED"),
        What::Approved { .. } => ("✅", "APPROVED"),
        What::Rejected { .. } => ("❌", "REJECTED"),
        What::Lapsed { .. } => ("⌛", "LAPSED"),
        What::Cancelled { .. } => ("↩️", "CANCELLED"),
        What::Reopened { .. } => ("🔁", "REOPENED"),
        What::Granted { .. } => ("🔓", "GRANTED"),
        What::Revoking { .. } => ("⏳", "REVOKING"),
        What::Revoked(_) => ("🔒", "REVOKED"),
        What::Expired(_) => ("🏁", "EXPIRED"),
        What::Failed { .. } => ("⚠️", "FAILED"),
        What::CredentialsShown { .. } => ("🔑", "CREDENTIALS SHOWN"),
        What::CleanedUp { .. } => ("🧹", "CLEANED UP"),
        What::Refused { .. } => ("⛔", "REFUSED"),
        What::Started { .. } => ("▶️", "STARTED"),
        What::Stopped => ("⏹️", "STOPPED"),
        What::PolicyChanged { .. } => ("📜", "POLICY CHANGED"),
    }
}

fn about_request(event: &Event, about: &RequestFacts) -> String {
    let who = timeline::actor(&event.actor);
    let grantee = &wording::grantee(about).name;
    let access = wording::access(about);
    let duration = wording::duration(about);
    let asked = format!("{grantee}, {access}, {duration}");
    match &event.what {
        What::Requested { .. } => format!("{} asks {access}, {duration}", about.requester.name),
        What::Approved {
            decided_as: Some(_),
            still_needed,
            ..
        } => {
            format!("by {who} (1 of {}): {asked}", 1 + still_needed)
        }
        What::Approved { decided_as: None, .. } => format!("automatically by \"{}\": {asked}", about.flow),
        What::Rejected { .. } | What::Cancelled { .. } => format!("by {who}: {asked}"),
        What::Lapsed { waited_us, .. } => {
            let waited = minutes(Duration::from_micros(*waited_us));
            format!("nobody answered in {waited}: {asked}")
        }
        What::Reopened { why } => format!("{why}: {asked}"),
        What::Granted { until, .. } => {
            format!(
                "{grantee} has {access} until {} ({duration})",
                wording::until(*until, about)
            )
        }
        What::Revoking { why } => match &event.actor {
            Actor::Person(person) => format!("by {}: {grantee}, {access}", person.name),
            Actor::Apono | Actor::Stranger { .. } => format!("{why}: {grantee}, {access}"),
        },
        What::Revoked(ended) => {
            let how = ended
                .by
                .as_ref()
                .map_or_else(|| ended.why.clone(), |name| format!("by {name}"));
            format!("{how} after {} of {duration}: {grantee}, {access}", lasted(ended))
        }
        What::Expired(ended) => format!("{}: {grantee}, {access}", timeline::late(ended.late_us)),
        What::Failed { .. } => format!("not granted; nothing left on {}: {asked}", about.integration),
        What::CredentialsShown { .. } => format!("to {who}: {access}"),
        What::CleanedUp { summary } => format!("{} on {}", summary, about.integration),
        What::Refused { .. }
        | What::Genesis
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. } => alone(event),
    }
}

fn alone(event: &Event) -> String {
    match &event.what {
        What::Genesis => format!("install {}; the trail begins here", event.install),
        What::Started { version, .. } => format!("apono {version} runs"),
        What::Stopped => "apono was told to stop".to_owned(),
        What::PolicyChanged {
            from_digest: Some(_), ..
        } => "another config is active now".to_owned(),
        What::PolicyChanged {
            from_digest: None, ..
        } => "the first config is active".to_owned(),
        What::Refused { tried, why, .. } => format!("{tried} by {}: {why}", timeline::actor(&event.actor)),
        What::Requested { .. }
        | What::Approved { .. }
        | What::Rejected { .. }
        | What::Lapsed { .. }
        | What::Cancelled { .. }
        | What::Reopened { .. }
        | What::Granted { .. }
        | What::Revoking { .. }
        | What::Revoked(_)
        | What::Expired(_)
        | What::Failed { .. }
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. } => String::new(),
    }
}

type Field = (&'static str, String);

fn base_fields(about: &RequestFacts) -> Vec<Field> {
    let mut fields = vec![("Requester", wording::person(&about.requester))];
    if let Some(grantee) = &about.grantee {
        fields.push(("For", wording::person(grantee)));
    }
    fields.extend([
        ("Permissions", about.permissions.join(", ")),
        ("Resources", wording::some_of(&about.resources)),
        (
            "Integration",
            format!("{} ({}, {})", about.integration, about.kind, about.resource_type),
        ),
        ("Duration", wording::duration(about)),
    ]);
    fields
}

fn more_fields(event: &Event) -> Vec<Field> {
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
        What::Reopened { why } | What::Revoking { why } => vec![("Why", why.clone())],
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
            (
                "Deadline on target",
                if *deadline_on_target { "yes" } else { "no" }.to_owned(),
            ),
            ("Live grants of this person", live_grants.to_string()),
        ],
        What::Revoked(ended) | What::Expired(ended) => vec![
            ("Why", ended.why.clone()),
            ("Confirmed gone at", ended.confirmed_at.to_string()),
            ("Lateness", timeline::late(ended.late_us)),
            ("Sessions ended", ended.sessions_ended.to_string()),
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
        What::CredentialsShown { principal } => vec![("Target account", principal.clone())],
        What::CleanedUp { summary } => vec![("Result", summary.clone())],
        What::Refused { why, standing, .. } => {
            let mut fields = vec![("Why", why.clone())];
            if let Actor::Person(person) = &event.actor {
                fields.push(("Tried by", wording::person(person)));
            }
            if let Some(standing) = standing {
                fields.push(("Standing", format!("{standing:?}").to_lowercase()));
            }
            fields
        }
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
        } => vec![
            ("From", from_digest.as_deref().map_or("none", short).to_owned()),
            ("To", short(to_digest).to_owned()),
        ],
        What::Genesis => vec![("Install", event.install.to_string())],
        What::Stopped => Vec::new(),
    }
}

fn whom(asked: &[Asked]) -> String {
    let names: Vec<String> = asked
        .iter()
        .map(|asked| format!("{} ({})", asked.name, wording::decided_as(&asked.because)))
        .collect();
    wording::some_of(&names)
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn span(micros: u64) -> String {
    spoken(Duration::from_micros(micros))
}

fn lasted(ended: &Ended) -> String {
    minutes(Duration::from_micros(ended.lasted_us))
}

fn first_name(actor: &Actor) -> &str {
    match actor {
        Actor::Person(person) => person.name.split_whitespace().next().unwrap_or(&person.name),
        Actor::Apono => "apono",
        Actor::Stranger { .. } => "Somebody",
    }
}
