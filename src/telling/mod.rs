//! What apono says about events and about the present state, without markup: the words that every face shares. It knows the
//! trail and the use cases, and nothing about faces.
//!
//! Each kind of event has one place: the function that [`told`] calls for it.

mod access;
mod accounts;
mod anomalies;
pub mod answers;
pub mod arrived;
mod asking;
pub mod brakes;
pub mod causes;
pub mod connect;
pub mod day;
pub mod differences;
mod event;
mod extensions;
pub mod flows;
pub mod form;
mod install;
pub mod lasting;
pub mod links;
pub mod more_time;
pub mod named;
mod on_target;
pub mod people;
pub(crate) mod phrase;
mod portal;
mod reads;
pub mod red_button;
pub mod refusals;
mod reports;
pub mod request;
pub mod reviews;
mod sinks;
pub mod usage;
pub mod wording;

pub use event::{Field, HEADLINE, Place, Told, Weight, actor};
pub use phrase::{Phrase, Span};

use crate::audit::event::{Event, RequestFacts, What};

use event::{About, field, in_full};

/// What apono says about an event.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each kind of event")]
pub fn told(event: &Event) -> Told<'_> {
    match &event.what {
        What::Requested {
            policy_digest,
            asked,
            answer_due,
            justification,
            sensitive,
        } => with(event, |about| {
            asking::requested(
                about,
                &asking::Request {
                    policy_digest,
                    asked,
                    answer_due: *answer_due,
                    justification,
                    sensitive,
                },
            )
        }),
        What::Approved {
            decided_as,
            waited_us,
            still_needed,
            reason,
        } => with(event, |about| {
            asking::approved(
                about,
                decided_as.as_ref(),
                *waited_us,
                *still_needed,
                reason.as_ref(),
            )
        }),
        What::Rejected {
            decided_as,
            waited_us,
            reason,
        } => with(event, |about| {
            asking::rejected(about, decided_as, *waited_us, reason.as_ref())
        }),
        What::TurnedDown { cause } => with(event, |about| asking::turned_down(about, cause)),
        What::Lapsed { asked, waited_us } => with(event, |about| asking::lapsed(about, asked, *waited_us)),
        What::Cancelled { was, reason } => {
            with(event, |about| asking::cancelled(about, *was, reason.as_ref()))
        }
        What::Reopened { approved_by } => with(event, |about| asking::reopened(about, approved_by)),
        What::NotReached {
            person,
            slack_error,
            others,
        } => with(event, |about| {
            asking::not_reached(about, person, slack_error, *others)
        }),
        What::Granted {
            approved_by,
            principal,
            until,
            confirmed_at,
            deadline_on_target,
            live_grants,
        } => with(event, |about| {
            access::granted(
                about,
                &access::Grant {
                    approved_by,
                    principal,
                    until: *until,
                    confirmed_at: *confirmed_at,
                    deadline_on_target: *deadline_on_target,
                    live_grants: *live_grants,
                },
            )
        }),
        What::CredentialsShown {
            principal,
            key,
            until,
        } => with(event, |about| {
            access::credentials_shown(about, principal, key.as_deref(), *until)
        }),
        What::Revoking { cause, reason } => {
            with(event, |about| access::revoking(about, cause, reason.as_ref()))
        }
        What::Revoked(end) => with(event, |about| access::revoked(about, end)),
        What::Expired(end) => with(event, |about| access::expired(about, end)),
        What::Failed {
            cause,
            tries,
            undo_confirmed_at,
        } => with(event, |about| {
            access::failed(about, cause, *tries, *undo_confirmed_at)
        }),
        What::Overdue(overdue) => with(event, |about| access::overdue(about, overdue)),
        What::CleanedUp { summary } => with(event, |about| access::cleaned_up(about, summary)),
        What::ExtensionAsked {
            added_s,
            would_end,
            asked,
            answer_due,
            words,
        } => with(event, |about| {
            extensions::asked(about, *added_s, *would_end, asked, *answer_due, words.as_ref())
        }),
        What::Extended {
            added_s,
            until,
            nth,
            of,
            asked_by,
            decided_as,
            words,
        } => with(event, |about| {
            extensions::extended(
                about,
                &extensions::More {
                    added_s: *added_s,
                    until: *until,
                    nth: *nth,
                    of: *of,
                    asked_by: asked_by.as_ref(),
                    decided_as: decided_as.as_ref(),
                },
                words.as_ref(),
            )
        }),
        What::ExtensionConfirmed {
            until,
            deadline_on_target,
        } => with(event, |about| {
            extensions::confirmed(about, *until, *deadline_on_target)
        }),
        What::ExtensionRejected {
            decided_as,
            waited_us,
            reason,
        } => with(event, |about| {
            extensions::rejected(about, decided_as, *waited_us, reason.as_ref())
        }),
        What::ExtensionLapsed { waited_us } => with(event, |about| extensions::lapsed(about, *waited_us)),
        What::ExtensionFailed { target, until } => {
            with(event, |about| extensions::failed(about, &target.said, *until))
        }
        What::Genesis => install::genesis(event),
        What::Started {
            version,
            policy_digest,
            down,
        } => install::started(version, policy_digest, *down, event.at),
        What::Stopped => install::stopped(),
        What::PolicyChanged {
            from_digest,
            to_digest,
            changes,
            active_before,
            needs_restart,
        } => install::policy_changed(&install::Policy {
            from_digest: from_digest.as_deref(),
            to_digest,
            changes,
            active_before: *active_before,
            needs_restart,
        }),
        What::PolicyChangedFurther { part, of, changes } => {
            install::policy_changed_further(*part, *of, changes)
        }
        What::ReloadRefused { problems } => install::reload_refused(problems),
        What::TokensExchanged { which } => install::tokens_exchanged(which),
        What::AuthorityRecorded {
            integration,
            fingerprint,
            made,
        } => install::authority_recorded(integration, fingerprint, *made),
        What::AuthorityRefused {
            integration,
            on_record,
            why,
        } => install::authority_refused(integration, on_record.as_deref(), why),
        What::Day(day) => day::day(day),
        What::Restored(restored) => install::restored(restored),
        What::Portal(portal) => portal::told(event, portal),
        What::Exported(exported) => install::exported(event, exported),
        What::ToSink(to_sink) => sinks::told(to_sink),
        What::Anomaly(anomaly) => anomalies::told(anomaly),
        What::Reporting(reporting) => reports::told(event, reporting),
        What::Reviewing(reviewing) => reviews::told(event, reviewing),
        What::Read(read) => reads::told(event, read),
        What::Joined { person, same_as } => accounts::joined(person, same_as),
        What::AddressAccepted { email, was, now } => {
            accounts::address_accepted(event, email, was.as_ref(), now)
        }
        What::Blocked {
            person,
            ended,
            reason,
        } => brakes::blocked(event, person, *ended, reason.as_ref()),
        What::Unblocked { person } => brakes::unblocked(event, person),
        What::Frozen { integration, reason } => brakes::frozen(event, integration, reason.as_ref()),
        What::Thawed { integration } => brakes::thawed(event, integration),
        What::RevokeAll {
            whole,
            ending,
            strays,
            braked,
            reason,
            ..
        } => brakes::revoke_all(event, whole, *ending, *strays, *braked, reason.as_ref()),
        What::Refused { tried, why, standing } => {
            brakes::refused(event, event.request.as_ref(), tried, why, *standing)
        }
        What::RefusedAgain {
            tried,
            why,
            standing,
            times,
            since,
            requests,
        } => brakes::refused_again(
            event,
            &brakes::Again {
                tried,
                why,
                standing: *standing,
                times: *times,
                since: *since,
                requests,
            },
        ),
        What::OnTarget(found) => on_target::told(event, found),
    }
}

/// The same for an event about a request, with the request's number first in the headline.
fn with<'a>(event: &'a Event, tell: impl FnOnce(About<'a>) -> Told<'a>) -> Told<'a> {
    let Some(request) = &event.request else {
        return install::without_request(event);
    };
    tell(About { event, request }).about(request)
}

/// The fields of every event about a request.
pub fn about(request: &RequestFacts) -> Vec<Field> {
    let kind = format!(
        "{} ({}, {})",
        request.integration, request.kind, request.resource_type
    );
    let mut fields = vec![field("Requester", in_full(&request.requester))];
    fields.extend(
        request
            .grantee
            .as_ref()
            .map(|grantee| field("For", in_full(grantee))),
    );
    fields.extend([
        field("Permissions", request.permissions.join(", ")),
        field("Resources", wording::resources(request)),
        field("Integration", kind),
        field("Duration", wording::duration(request)),
    ]);
    fields
}
