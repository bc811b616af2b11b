//! Who signed in to the portal, and whose sessions ended.

use crate::audit::event::Event;
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
        } => {
            let by = who(&event.actor);
            let headline = phrase!("{} with {} from {}", by, browser, address);
            Told::new("🔑", "SIGNED IN", headline)
                .place(Place::Alone)
                .field("Person", who_in_full(&event.actor))
                .field("Browser", browser)
                .field("Address", address)
                .field("Ends by", *until)
                .field("Session", session)
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
                WhyOut::Left => "ended because they are no longer a member of the workspace",
            };
            Told::new("🚪", "SIGNED OUT", phrase!("{}: {}, {}", person, count, why))
                .place(Place::Alone)
                .field("Person", in_full(person))
                .field("Sessions", *sessions)
        }
    }
}
