//! The first line of a post: emoji, word, and one sentence.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::audit::day::Day;
use crate::audit::event::{Actor, Ended, Event, RequestFacts, What, Whole};

use super::super::card::minutes;
use super::super::{timeline, wording};
use super::{on_target, restored};

pub(super) struct Headline {
    pub(super) emoji: &'static str,
    pub(super) word: &'static str,
    pub(super) rest: String,
}

impl Headline {
    pub(super) fn of(event: &Event) -> Self {
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
        What::Rejected { .. } | What::TurnedDown { .. } => ("❌", "REJECTED"),
        What::NotReached { .. } => ("📪", "NOT REACHED"),
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
        What::Refused { .. } | What::RefusedAgain { .. } => ("⛔", "REFUSED"),
        What::Started { .. } => ("▶️", "STARTED"),
        What::Stopped => ("⏹️", "STOPPED"),
        What::PolicyChanged { .. } | What::PolicyChangedFurther { .. } => ("📜", "POLICY CHANGED"),
        What::ReloadRefused { .. } => ("🛑", "RELOAD REFUSED"),
        What::TokensExchanged { .. } => ("🪪", "TOKENS EXCHANGED"),
        What::AuthorityRecorded { .. } => ("🗝️", "CA KEY RECORDED"),
        What::AuthorityRefused { .. } => ("🚫", "CA KEY REFUSED"),
        What::Day(_) => ("📅", "DAY"),
        What::Overdue(_) => ("⏰", "OVERDUE"),
        What::Restored(restored) => restored::mark(restored),
        What::ExtensionAsked { .. } => ("📝", "EXTENSION ASKED"),
        What::Extended { .. } => ("⏱️", "EXTENDED"),
        What::ExtensionConfirmed { .. } => ("✔️", "EXTENSION CONFIRMED"),
        What::ExtensionRejected { .. } => ("❌", "EXTENSION REJECTED"),
        What::ExtensionLapsed { .. } => ("⌛", "EXTENSION LAPSED"),
        What::ExtensionFailed { .. } => ("⚠️", "EXTENSION FAILED"),
        What::Blocked { .. } => ("🚫", "BLOCKED"),
        What::Unblocked { .. } => ("👐", "UNBLOCKED"),
        What::Frozen { .. } => ("🧊", "FROZEN"),
        What::Thawed { .. } => ("💧", "THAWED"),
        What::RevokeAll { .. } => ("🟥", "REVOKE ALL"),
        What::Joined { .. } => ("👥", "JOINED"),
        What::AddressAccepted { .. } => ("📧", "ADDRESS ACCEPTED"),
        What::OnTarget(found) => on_target::mark(found),
    }
}

fn about_request(event: &Event, about: &RequestFacts) -> String {
    let who = timeline::actor(&event.actor);
    let grantee = wording::grantee(about).named();
    let access = wording::access(about);
    let duration = wording::duration(about);
    let asked = format!("{grantee}, {access}, {duration}");
    match &event.what {
        What::Requested { .. } => format!("{} asks {access}, {duration}", about.requester.named()),
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
        What::Reopened { why } | What::TurnedDown { why } => format!("{why}: {asked}"),
        What::NotReached {
            person, others: 0, ..
        } => {
            format!(
                "{} cannot be written to, and nobody else could answer: {asked}",
                person.named()
            )
        }
        What::NotReached { person, .. } => format!("{} cannot be written to: {asked}", person.named()),
        What::Granted { until, .. } => {
            format!(
                "{grantee} has {access} until {} ({duration})",
                wording::until(*until, about)
            )
        }
        What::Revoking { why } => match &event.actor {
            Actor::Person(person) => format!("by {}: {grantee}, {access}", person.named()),
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
        What::Overdue(late) => {
            let late = minutes(Duration::from_micros(late.late_us));
            format!("still live {late} past its end: {grantee}, {access}")
        }
        What::Failed { .. } => format!("not granted; nothing left on {}: {asked}", about.integration),
        What::CredentialsShown { .. } => format!("to {who}: {access}"),
        What::CleanedUp { summary } => format!("{} on {}", summary, about.integration),
        What::ExtensionAsked { added_s, .. } => {
            format!("by {who}, {} more: {asked}", seconds(*added_s))
        }
        What::Extended {
            added_s,
            until,
            nth,
            of,
            ..
        } => {
            let (added, until) = (seconds(*added_s), wording::until(*until, about));
            format!("by {who}, {added} more, until {until} ({nth} of {of}): {grantee}, {access}")
        }
        What::ExtensionConfirmed { until, .. } => {
            let until = wording::until(*until, about);
            format!(
                "{} holds it until {until}: {grantee}, {access}",
                about.integration
            )
        }
        What::ExtensionRejected { .. } => format!("by {who}: {grantee}, {access}"),
        What::ExtensionLapsed { waited_us } => {
            let waited = minutes(Duration::from_micros(*waited_us));
            format!("nobody answered in {waited}: {grantee}, {access}")
        }
        What::ExtensionFailed { until, .. } => {
            let until = wording::until(*until, about);
            format!("ends {until} as before: {grantee}, {access}")
        }
        What::OnTarget(found) => on_target::about_request(found, &event.actor, about),
        What::Refused { .. }
        | What::Genesis
        | What::Started { .. }
        | What::Stopped
        | What::PolicyChanged { .. }
        | What::PolicyChangedFurther { .. }
        | What::ReloadRefused { .. }
        | What::TokensExchanged { .. }
        | What::AuthorityRecorded { .. }
        | What::AuthorityRefused { .. }
        | What::Blocked { .. }
        | What::Unblocked { .. }
        | What::Frozen { .. }
        | What::Thawed { .. }
        | What::RevokeAll { .. }
        | What::Joined { .. }
        | What::AddressAccepted { .. }
        | What::RefusedAgain { .. }
        | What::Restored(_)
        | What::Day(_) => alone(event),
    }
}

fn alone(event: &Event) -> String {
    let who = timeline::actor(&event.actor);
    match &event.what {
        What::Genesis => format!("install {}; the trail begins here", event.install),
        What::Started { version, .. } => format!("apono {version} runs"),
        What::Stopped => "apono was told to stop".to_owned(),
        What::PolicyChanged {
            active_before: Some(_),
            ..
        } => "an earlier config is active again".to_owned(),
        What::PolicyChanged {
            from_digest: Some(_), ..
        } => "another config is active now".to_owned(),
        What::ReloadRefused { problems } => {
            let count = match problems.len() {
                1 => "1 problem".to_owned(),
                count => format!("{count} problems"),
            };
            format!("{count}; the former config and tokens stay in force")
        }
        What::TokensExchanged { which } => format!("I use another {} now", which.join(" and ")),
        What::PolicyChanged {
            from_digest: None, ..
        } => "the first config is active".to_owned(),
        What::PolicyChangedFurther { part, of, .. } => format!("what differs, part {part} of {of}"),
        What::AuthorityRecorded { integration, .. } => {
            format!("{integration} certifies with this key from now on")
        }
        What::Day(day) => {
            let overdue = day.now.overdue;
            format!(
                "{}: {} requests, {} granted, {overdue} overdue",
                days(day),
                day.requested,
                day.granted
            )
        }
        What::AuthorityRefused { integration, .. } => {
            format!("{integration} gives no access until its CA key is back; live access ends on time")
        }
        What::Refused { tried, why, .. } => format!("{tried} by {who}: {why}"),
        What::Blocked { person, .. } => {
            format!(
                "{} by {who}: no access and no decisions until unblocked",
                person.named()
            )
        }
        What::Unblocked { person } => format!("{} by {who}: may ask and decide again", person.named()),
        What::Frozen { integration, .. } => {
            format!("{integration} by {who}: nothing new is granted on it until it is thawed")
        }
        What::Thawed { integration } => format!("{integration} by {who}: access is granted on it again"),
        What::RevokeAll { whole, ending, .. } => {
            let all = match whole {
                Whole::Person(person) => format!("of {}", person.named()),
                Whole::Integration(name) => format!("on {name}"),
            };
            match ending {
                1 => format!("{all} by {who}: 1 live or approved request ends"),
                ending => format!("{all} by {who}: {ending} live or approved requests end"),
            }
        }
        What::Joined { person, same_as } => {
            format!(
                "{} ({}) and {} ({}) are one person",
                person.name, person.slack_user, same_as.name, same_as.slack_user
            )
        }
        What::AddressAccepted { email, now, .. } => {
            format!(
                "{email} by {who}: it stands for {} ({})",
                now.name, now.slack_user
            )
        }
        What::RefusedAgain {
            tried, why, times, ..
        } => format!("x{times}, {tried} by {who}: {why}"),
        What::OnTarget(found) => on_target::alone(found),
        What::Restored(restored) => restored::headline(restored),
        What::Requested { .. }
        | What::TurnedDown { .. }
        | What::NotReached { .. }
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
        | What::Overdue(_)
        | What::CredentialsShown { .. }
        | What::CleanedUp { .. }
        | What::ExtensionAsked { .. }
        | What::Extended { .. }
        | What::ExtensionConfirmed { .. }
        | What::ExtensionRejected { .. }
        | What::ExtensionLapsed { .. }
        | What::ExtensionFailed { .. } => String::new(),
    }
}

fn seconds(span: u64) -> String {
    spoken(Duration::from_secs(span))
}

fn lasted(ended: &Ended) -> String {
    minutes(Duration::from_micros(ended.lasted_us))
}

/// `23 Nov`; both ends of a longer time, in which nobody wrote the lines.
fn days(day: &Day) -> String {
    let last = day.until.minus(Duration::from_micros(1)).to_day();
    if day.until.since(day.from) > Duration::from_hours(36) {
        return format!("{} to {last}", day.from.to_day());
    }
    last
}
