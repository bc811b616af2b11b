//! A request's history, a line for each event, for people who look at one request.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::audit::event::{Actor, Event, What};
use crate::audit::on_target::OnTarget;

use super::text::clean;
use super::wording;

/// `2026-11-23 14:05:09 UTC  Approved by Omar Khan (omar@example.com), group:sre`.
pub fn line(event: &Event) -> String {
    format!("{}  {}", event.at, clean(&sentence(event)))
}

/// What happened, without when.
pub fn sentence(event: &Event) -> String {
    let who = actor(&event.actor);
    match &event.what {
        What::Requested { asked, .. } => {
            let names: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
            if names.is_empty() {
                format!("Requested by {who}")
            } else {
                format!("Requested by {who}; asked: {}", wording::some_of(&names))
            }
        }
        What::Approved {
            decided_as: Some(because),
            ..
        } => {
            format!("Approved by {who}, {}", wording::decided_as(because))
        }
        What::Approved { decided_as: None, .. } => "Approved automatically".to_owned(),
        What::Rejected { decided_as, .. } => {
            format!("Rejected by {who}, {}", wording::decided_as(decided_as))
        }
        What::Lapsed { .. } => "Lapsed: nobody answered".to_owned(),
        What::Cancelled { .. } => format!("Cancelled by {who}"),
        What::Reopened { why } => format!("Open again: {why}"),
        What::Granted { principal, until, .. } => format!("Granted as {principal} until {until}"),
        What::Revoking { why } => match &event.actor {
            Actor::Person(person) => format!("Revoking, by {}: {why}", person.named()),
            Actor::Apono | Actor::Stranger { .. } => format!("Revoking: {why}"),
        },
        What::Revoked(ended) => format!("Revoked: {} ({})", ended.proof, late(ended.late_us)),
        What::Expired(ended) => format!("Expired: {} ({})", ended.proof, late(ended.late_us)),
        What::Failed { cause, .. } => format!("Failed: {cause}"),
        What::CredentialsShown {
            until: Some(until), ..
        } => {
            format!("Certificate shown to {who}, for new logins until {until}")
        }
        What::CredentialsShown { until: None, .. } => format!("Credentials shown to {who}"),
        What::Overdue(overdue) => format!("Overdue: it should have ended {}", overdue.due),
        What::CleanedUp { summary } => format!("Cleaned up: {summary}"),
        What::Refused { tried, why, .. } => format!("Refused a {tried} by {who}: {why}"),
        What::ExtensionAsked {
            added_s, would_end, ..
        } => {
            format!(
                "Extension by {} asked for by {who}: until {would_end}",
                seconds(*added_s)
            )
        }
        What::Extended { added_s, until, .. } => {
            format!("Extended by {} by {who}: until {until}", seconds(*added_s))
        }
        What::ExtensionConfirmed { until, .. } => format!("The target confirmed {until}"),
        What::ExtensionRejected { decided_as, .. } => {
            format!("Extension rejected by {who}, {}", wording::decided_as(decided_as))
        }
        What::ExtensionLapsed { .. } => "Extension lapsed: nobody answered".to_owned(),
        What::ExtensionFailed { cause, until } => {
            format!("Extension failed, so it ends {until} as before: {cause}")
        }
        What::TurnedDown { why } => format!("Rejected: {why}"),
        What::NotReached { person, why, .. } => {
            format!("{} could not be asked: Slack says {why}", person.named())
        }
        What::OnTarget(found) => match found {
            OnTarget::Drift { found, .. } => format!("Changed on the target: {}", found.join("; ")),
            OnTarget::Ungranted { found, .. } => format!("Not granted, on the target: {}", found.join("; ")),
            OnTarget::TakenOff { .. } => "What nobody granted was taken off on the target".to_owned(),
            OnTarget::SessionsOrdered { account } => {
                format!("{} has the sessions of {account} end", actor(&event.actor))
            }
            OnTarget::SessionsEnded {
                account, sessions, ..
            } => format!("Sessions of {account} ended: {sessions}"),
            OnTarget::SessionsKept { account, why, .. } => {
                format!("Sessions of {account} could not be ended: {why}")
            }
            OnTarget::LeftOver { last_error, .. } => format!("Cannot be cleaned up: {last_error}"),
            OnTarget::SetRight { until, .. } => format!("Set right on the target, until {until}"),
            OnTarget::Adopted { until, .. } => format!("Adopted until {until}"),
            OnTarget::Ended { proof, .. } => format!("Found on the target again, and ended: {proof}"),
            OnTarget::Cleaned { summary, .. } => format!("Cleaned up: {summary}"),
        },
        What::Genesis
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
        | What::Day(_) => event.what.name().to_owned(),
    }
}

fn seconds(span: u64) -> String {
    spoken(Duration::from_secs(span))
}

/// Who did it.
pub fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Person(person) => person.named(),
        Actor::Apono => "apono".to_owned(),
        Actor::Stranger { team, user } => format!("an unknown account ({user} of {team})"),
    }
}

/// `on time (+0.4 s)`, or `3 min late`.
pub fn late(micros: u64) -> String {
    let span = Duration::from_micros(micros);
    if span < Duration::from_secs(10) {
        format!("on time (+{:.1} s)", span.as_secs_f64())
    } else {
        format!("{} late", spoken(span))
    }
}
