//! What Slack hands out for a short time: trigger ids and response urls.
//!
//! Invariant: a trigger opens one view within 3 s; a response url takes 5 posts within 30 min.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Refused, World};
use crate::clock::{Micros, micros};

/// How long a trigger id can be exchanged for a view. Source: docs.slack.dev, "Handling user interaction".
pub const TRIGGER_LIFE: Duration = Duration::from_secs(3);
/// How long a response url takes posts, and how many. Source: the same page.
pub const RESPONSE_URL_LIFE: Duration = Duration::from_mins(30);
/// See `RESPONSE_URL_LIFE`.
pub const RESPONSE_URL_USES: u32 = 5;

#[derive(Debug, Clone)]
struct Trigger {
    person: String,
    issued: Micros,
    exchanged: bool,
}

/// What a response url may replace or delete.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A command: there is no message yet.
    Command,
    Message {
        ts: String,
    },
    Ephemeral {
        ts: String,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct ResponseUrl {
    pub(crate) person: String,
    pub(crate) channel: String,
    pub(crate) origin: Origin,
    issued: Micros,
    uses: u32,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets {
    triggers: BTreeMap<String, Trigger>,
    response_urls: BTreeMap<String, ResponseUrl>,
}

impl World {
    pub(crate) fn issue_trigger(&mut self, person: &str, now: Micros) -> String {
        let id = format!("{}.{}", now / 1000, self.ids.next("7890123.").to_lowercase());
        self.tickets.triggers.insert(
            id.clone(),
            Trigger {
                person: person.to_owned(),
                issued: now,
                exchanged: false,
            },
        );
        id
    }

    /// Takes the trigger and says whose it was.
    pub(crate) fn exchange_trigger(&mut self, id: &str, now: Micros) -> Result<String, Refused> {
        let trigger = self
            .tickets
            .triggers
            .get_mut(id)
            .ok_or(Refused("invalid_trigger_id"))?;
        if trigger.exchanged {
            return Err(Refused("exchanged_trigger_id"));
        }
        if now > trigger.issued + micros(TRIGGER_LIFE) {
            return Err(Refused("expired_trigger_id"));
        }
        trigger.exchanged = true;
        Ok(trigger.person.clone())
    }

    /// Makes a response url and returns its path on the simulator's own address.
    pub(crate) fn issue_response_url(
        &mut self,
        person: &str,
        channel: &str,
        origin: Origin,
        now: Micros,
    ) -> String {
        let family = if matches!(origin, Origin::Command) {
            "commands"
        } else {
            "actions"
        };
        let path = format!("/{family}/{}/{}", self.team.id, self.ids.next("R"));
        let url = ResponseUrl {
            person: person.to_owned(),
            channel: channel.to_owned(),
            origin,
            issued: now,
            uses: 0,
        };
        self.tickets.response_urls.insert(path.clone(), url);
        path
    }

    /// Counts one use of the response url with this path.
    pub(crate) fn use_response_url(&mut self, path: &str, now: Micros) -> Result<ResponseUrl, Refused> {
        let url = self
            .tickets
            .response_urls
            .get_mut(path)
            .ok_or(Refused("invalid_url"))?;
        if now > url.issued + micros(RESPONSE_URL_LIFE) {
            return Err(Refused("expired_url"));
        }
        if url.uses == RESPONSE_URL_USES {
            return Err(Refused("used_url"));
        }
        url.uses += 1;
        Ok(url.clone())
    }
}
