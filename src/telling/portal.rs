//! Who signed in to the portal, and whose sessions ended.

use crate::audit::event::{Actor, Event};
use crate::audit::portal::{Portal, WhyOut};

use super::event::{Place, Told, in_full, who, who_in_full};
use super::phrase::phrase;

pub(super) fn told<'a>(event: &Event, portal: &Portal) -> Told<'a> {
    match portal {
        Portal::SignedIn {
            session,
            browser,
            address,
            until,
            issuer,
        } => {
            let by = who(&event.actor);
            let headline = match issuer {
                None => phrase!("{} with {} from {}", by, browser, address),
                Some(issuer) => phrase!("{} with {} from {}, through {}", by, browser, address, issuer),
            };
            let through = issuer.as_deref().unwrap_or("a link from Slack");
            Told::new("🔑", "SIGNED IN", headline)
                .place(Place::Alone)
                .field("Person", who_in_full(&event.actor))
                .field("Through", through)
                .field("Browser", browser)
                .field("Address", address)
                .field("Ends by", *until)
                .field("Session", session)
        }
        Portal::IdentityBound {
            person,
            issuer,
            subject,
            email,
            instead_of,
        } => {
            let headline = match &event.actor {
                Actor::Person(by) if by.id != person.id => {
                    phrase!(
                        "{} signs in with an account of {}, accepted by {}",
                        person,
                        issuer,
                        by
                    )
                }
                Actor::Person(_) | Actor::Apono | Actor::Stranger { .. } => {
                    phrase!("{} signs in with an account of {} from now on", person, issuer)
                }
            };
            Told::new("🪪", "ACCOUNT LINKED", headline)
                .place(Place::Alone)
                .field("Person", in_full(person))
                .field("Issuer", issuer)
                .field("Account", subject)
                .field("Verified address", email)
                .field_if("Instead of", instead_of.as_deref())
        }
        Portal::SignedOut {
            person,
            sessions,
            why,
        } => {
            let count = match sessions {
                1 => "1 session".to_owned(),
                count => format!("{count} sessions"),
            };
            let why = match why {
                WhyOut::ByThemselves => "ended by themselves",
                WhyOut::Blocked => "ended because an admin blocked them",
                WhyOut::TooMany => "ended because newer ones took their place",
                WhyOut::Replaced => "ended because another account is linked to them now",
                WhyOut::Left => "ended because they are no longer a member of the workspace",
                WhyOut::NowAPerson => "ended because their account is linked to a Slack account now",
                WhyOut::NoRole => "ended because the config no longer gives their address a role",
                WhyOut::HasAccount => "ended because a Slack account has their address now",
            };
            Told::new("🚪", "SIGNED OUT", phrase!("{}: {}, {}", person, count, why))
                .place(Place::Alone)
                .field("Person", in_full(person))
                .field("Sessions", *sessions)
        }
    }
}
