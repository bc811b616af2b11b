//! Events of the installation itself: starts, configs, tokens, CA keys, restored databases.

use std::time::Duration;

use url::form_urlencoded;

use crate::access::duration::spoken;
use crate::access::time::Timestamp;
use crate::audit::cause::KeyTrouble;
use crate::audit::event::{Actor, Down, Event, Via};
use crate::audit::exported::Exported;
use crate::audit::restored::Restored;

use super::access::code;
use super::brakes::line_alone;
use super::causes;
use super::event::{Place, Told, Weight, who, yes_or_no};
use super::phrase::{Phrase, Span, phrase};
use super::wording::short;

/// How many problems are shown at most.
const FEW: usize = 5;

const DAY: Duration = Duration::from_hours(24);

/// An event that should name a request but does not. We never write one, so only its name can be shown.
pub(super) fn without_request<'a>(event: &Event) -> Told<'a> {
    line_alone("❔", "EVENT", event.what.name().into())
}

pub(super) fn genesis<'a>(event: &Event) -> Told<'a> {
    let install = event.install.to_string();
    let headline = phrase!("install {}; the audit trail starts here", install.as_str());
    line_alone("🌱", "INSTALLED", headline).field("Install", install)
}

pub(super) fn started<'a>(version: &str, policy_digest: &str, down: Option<Down>, at: Timestamp) -> Told<'a> {
    let running = phrase!("apono {} is running", version);
    let ago = |since: Timestamp| (moment(since, at), spoken(about(at.since(since))));
    let (headline, label, since) = match down {
        None => (running, "", None),
        Some(Down::Stopped(since)) => {
            let (then, span) = ago(since);
            (
                phrase!("{}, down since {}, {}", running, then, span),
                "Down since",
                Some(since),
            )
        }
        Some(Down::LastSeen(since)) => {
            let (then, span) = ago(since);
            let headline = phrase!("{}, last seen alive at {}, {} ago", running, then, span);
            (headline, "Not stopped; last sign of life", Some(since))
        }
    };
    Told::new("▶️", "STARTED", headline)
        .field("Version", version)
        .field("Policy", short(policy_digest))
        .field_if(label, since)
        .place(Place::Alone)
}

/// To the minute, if it is at least one.
fn about(span: Duration) -> Duration {
    let seconds = span.as_secs();
    Duration::from_secs(if seconds < 60 { seconds } else { seconds / 60 * 60 })
}

/// A time for people who read it at `now`: the day is left out if there is no doubt about it.
fn moment(at: Timestamp, now: Timestamp) -> String {
    if now.since(at) < DAY {
        return at.to_clock();
    }
    format!("{} {}", at.to_day(), at.to_clock())
}

pub(super) fn stopped<'a>() -> Told<'a> {
    Told::new("⏹️", "STOPPED", "apono was told to stop".into()).place(Place::Alone)
}

/// Another config became active.
pub(super) struct Policy<'a> {
    pub(super) from_digest: Option<&'a str>,
    pub(super) to_digest: &'a str,
    pub(super) changes: &'a [String],
    pub(super) active_before: Option<Timestamp>,
    pub(super) needs_restart: &'a [String],
}

pub(super) fn policy_changed<'a>(policy: &Policy<'a>) -> Told<'a> {
    let headline = match (policy.active_before, policy.from_digest) {
        (Some(_), _) => "an earlier config is active again",
        (None, Some(_)) => "another config is active now",
        (None, None) => "the first config is active",
    };
    let needs_restart = policy.needs_restart.join(", ");
    Told::new("📜", "POLICY CHANGED", headline.into())
        .field("From", policy.from_digest.map_or("none", short))
        .field("To", short(policy.to_digest))
        .field_if("First active", policy.active_before)
        .field_if(
            "Applies after a restart",
            (!needs_restart.is_empty()).then_some(needs_restart),
        )
        .whole(policy.changes)
        .weighs(Weight::Message)
        .place(Place::Alone)
}

pub(super) fn policy_changed_further(part: u32, of: u32, changes: &[String]) -> Told<'_> {
    let headline = phrase!("changes, part {} of {}", part, of);
    Told::new("📜", "POLICY CHANGED", headline)
        .whole(changes)
        .weighs(Weight::Message)
}

pub(super) fn reload_refused<'a>(problems: &[String]) -> Told<'a> {
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    let headline = phrase!("{}; the previous config and tokens stay in force", count);
    let mut told = line_alone("🛑", "RELOAD REFUSED", headline);
    for problem in problems.iter().take(FEW) {
        told = told.field("Problem", problem.as_str());
    }
    let rest = problems.len().saturating_sub(FEW);
    told.field_if("And", (rest > 0).then(|| format!("{rest} more")))
}

pub(super) fn tokens_exchanged<'a>(which: &[String]) -> Told<'a> {
    line_alone(
        "🪪",
        "TOKENS EXCHANGED",
        phrase!("now using another {}", which.join(" and ")),
    )
    .field("Exchanged", which.join(", "))
}

pub(super) fn authority_recorded<'a>(integration: &str, fingerprint: &str, made: bool) -> Told<'a> {
    let headline = phrase!("{} now signs certificates with this key", integration);
    line_alone("🗝️", "CA KEY RECORDED", headline)
        .field("Integration", integration)
        .field("CA key", code(fingerprint))
        .field("Made by apono", yes_or_no(made))
}

pub(super) fn authority_refused<'a>(
    integration: &str,
    on_record: Option<&str>,
    why: &KeyTrouble,
) -> Told<'a> {
    let until = "gives no access until its CA key is back; live access ends on time";
    let why = match why {
        KeyTrouble::Another { fingerprint } => {
            phrase!("found a different key, {}", code(fingerprint))
        }
        KeyTrouble::Unusable { said } => said.as_str().into(),
    };
    line_alone("🚫", "CA KEY REFUSED", phrase!("{} {}", integration, until))
        .field("Integration", integration)
        .field("CA key on record", on_record.unwrap_or("none"))
        .field("Why", why)
}

pub(super) fn restored(restored: &Restored) -> Told<'_> {
    let told = match restored {
        Restored::Found {
            channel_seq,
            channel_head,
            here,
        } => {
            let until = "here: access can only be revoked until an operator accepts that";
            let headline = phrase!("the database is older than #{} {}", *channel_seq, until);
            let last = phrase!("#{} · {}", *channel_seq, short(channel_head));
            let command = Span::Code("apono accept-restore --reason ...".to_owned());
            Told::new("🗄️", "RESTORED", headline)
                .field("Last in this channel", last)
                .field("The database ended at", phrase!("#{}", *here))
                .field(
                    "What to do",
                    phrase!("put the newer database back, or accept this one: {}", command),
                )
        }
        Restored::Accepted {
            channel_seq,
            next_request,
            reason,
        } => {
            let lost = "by an operator: the trail continues; what it lost, up to";
            let headline = phrase!("{} #{}, is only in this channel", lost, *channel_seq);
            Told::new("🗄️", "RESTORE ACCEPTED", headline)
                .field("Lost up to", phrase!("#{}", *channel_seq))
                .field("Next request", *next_request)
                .words(Some(reason))
        }
        Restored::Moved { why, reason } => {
            let headline = "by an operator: the database continues in a new place";
            Told::new("🗄️", "MOVE ACCEPTED", headline.into())
                .field("What was different", causes::elsewhere(why))
                .words(Some(reason))
        }
    };
    told.weighs(Weight::Message).place(Place::Alone)
}

pub(super) fn exported<'a>(event: &Event, exported: &Exported) -> Told<'a> {
    let (rows, format) = (exported.rows.name(), exported.format.word());
    line_alone(
        "📤",
        "EXPORTED",
        phrase!("{} as {} by {}", rows, format, whose(event)),
    )
    .field_if("From", exported.since)
    .field_if("Before", exported.until)
    .field_if("Report", exported.report.as_deref())
    .field_if("Filter", filter(&exported.filter))
}

/// Who had something leave, and where.
pub(super) fn whose(event: &Event) -> Phrase {
    match (&event.actor, event.via) {
        (Actor::Apono, Via::Cli) => "an operator at the command line".into(),
        (actor, Via::Portal) => phrase!("{} in the portal", who(actor)),
        (actor, _) => who(actor),
    }
}

/// What a filter says, key by key; nothing if it lets everything through.
pub(super) fn filter(query: &str) -> Option<String> {
    let pairs: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| format!("{key} {}", as_one(&value)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// A value of a filter, quoted if it could be read as more than one.
fn as_one(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || ".,:@+-_".contains(c);
    if value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("{value:?}")
    }
}
