//! Somebody read what is about others.

use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use crate::access::ids::RequestNumber;
use crate::access::named::named;
use crate::access::time::Timestamp;

/// Recorded before the first such page of an hour is shown; it stands for all of that hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub page: Page,
    /// What the page is about. `None` for a list, and for everything after the first few of an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// When the hour begins, in UTC.
    pub hour: Timestamp,
}

named! {
    /// What was shown, in the portal or in Slack.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Page {
        /// Requests in any state.
        Activity = "activity",
        /// Live access, or what was live at a moment.
        Active = "active",
        Dashboard = "dashboard",
        /// The audit log.
        Log = "log",
        /// One request.
        Request = "request",
        /// Everybody's names, and how much they have.
        People = "people",
        Person = "person",
        Integration = "integration",
        Resource = "resource",
        /// Why a person can or cannot request something.
        Why = "why",
        /// What would end if it were revoked together.
        Revoke = "revoke",
        /// What would end with the red button.
        RevokeAll = "revoke_all",
        /// The lines of an access review.
        Review = "review",
    }
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum About {
    Request(RequestNumber),
    Person(PersonFacts),
    Integration(String),
    Resource { integration: String, name: String },
}

impl About {
    /// The same for the same thing, whatever it is called by now.
    pub fn key(&self) -> String {
        match self {
            Self::Request(number) => number.to_string(),
            Self::Person(person) => person.id.to_string(),
            Self::Integration(name) => name.clone(),
            Self::Resource { integration, name } => format!("{integration}/{name}"),
        }
    }
}
