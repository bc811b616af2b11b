//! What the log says about an event once it is committed. Names, addresses and people's words are only in the trail.

use tracing::{Level, field};

use crate::access::ids::RequestNumber;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Event, What};

pub(super) struct Line {
    event: String,
    request: Option<RequestNumber>,
    integration: Option<String>,
    /// Its name in the payload.
    cause: Option<&'static str>,
    /// The account id of the person the event is about, if there is no request.
    whom: Option<String>,
    level: Level,
    /// The account id of the person who acted.
    by: String,
}

impl Line {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            event: event.what.name().replace('_', " "),
            request: event.request.as_ref().map(|about| about.number),
            integration: match &event.what {
                What::Frozen { integration, .. } | What::Thawed { integration } => Some(integration.clone()),
                _ => event.request.as_ref().map(|about| about.integration.clone()),
            },
            cause: event.what.cause().map(Cause::name),
            whom: match &event.what {
                What::Blocked { person, .. } | What::Unblocked { person } => Some(person.account.id.clone()),
                _ => None,
            },
            level: match &event.what {
                What::Overdue(_) => Level::ERROR,
                What::Failed { .. } => Level::WARN,
                _ => Level::INFO,
            },
            by: match &event.actor {
                Actor::Person(person) => person.account.id.clone(),
                Actor::Stranger { account, .. } => account.id.clone(),
                Actor::Apono => "apono".to_owned(),
            },
        }
    }

    /// `seq` is its place in the trail.
    pub(super) fn log(&self, seq: u64) {
        let Self {
            event,
            request,
            integration,
            cause,
            whom,
            level,
            by,
        } = self;
        let request = request.map(field::display);
        match *level {
            Level::ERROR => tracing::error!(seq, request, integration, cause, whom, by, "{event}"),
            Level::WARN => tracing::warn!(seq, request, integration, cause, whom, by, "{event}"),
            _ => tracing::info!(seq, request, integration, cause, whom, by, "{event}"),
        }
    }
}
