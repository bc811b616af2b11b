//! Who owns which account: joined accounts and accepted addresses.

use crate::audit::event::{Event, PersonFacts};

use super::brakes::line_alone;
use super::event::{Told, in_full, who, who_in_full};
use super::phrase::phrase;

pub(super) fn joined<'a>(person: &PersonFacts, same_as: &PersonFacts) -> Told<'a> {
    let account = |person: &PersonFacts| format!("{} ({})", person.name, person.account.id);
    let headline = phrase!("{} and {} are one person", account(person), account(same_as));
    line_alone("👥", "JOINED", headline)
        .field("Person", in_full(person))
        .field("Same as", in_full(same_as))
        .field(
            "Known by both",
            phrase!("{} = {}", person.id.to_string(), same_as.id.to_string()),
        )
}

pub(super) fn address_accepted<'a>(
    event: &Event,
    email: &str,
    was: Option<&PersonFacts>,
    now: &PersonFacts,
) -> Told<'a> {
    let by = who(&event.actor);
    let account = format!("{} ({})", now.name, now.account.id);
    line_alone(
        "📧",
        "ADDRESS ACCEPTED",
        phrase!("{} by {}: it now identifies {}", email, by, account),
    )
    .field("Address", email)
    .field("Belonged to", was.map_or_else(|| "nobody".into(), in_full))
    .field("Belongs to", in_full(now))
    .field("Accepted by", who_in_full(&event.actor))
}
