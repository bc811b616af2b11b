//! What the log says about an event once it is committed: account ids, permissions and resources. Names of people, their
//! addresses and words are only in the trail.
//!
//! Invariant: an account's id is one that Slack gave. What an issuer calls an account could be anything, so somebody without an
//! account in Slack is named by the id that the bot gave them.

use tracing::{Level, field};

use crate::access::ids::RequestNumber;
use crate::access::people::AccountKind;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Event, PersonFacts, RequestFacts, What};

/// How many resources a line names.
const FEW: usize = 5;

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
    access: Option<Access>,
}

/// Whose access the event is about, and to what.
struct Access {
    /// The account id of whoever has or gets it.
    grantee: String,
    permissions: String,
    resources: String,
}

impl Access {
    fn of(about: &RequestFacts) -> Self {
        Self {
            grantee: id_of(about.grantee.as_ref().unwrap_or(&about.requester)),
            permissions: about.permissions.join(", "),
            resources: first_few(&about.resources),
        }
    }
}

fn id_of(person: &PersonFacts) -> String {
    match person.account.kind {
        AccountKind::Slack => person.account.id.clone(),
        AccountKind::Issuer => person.id.to_string(),
    }
}

fn first_few(resources: &[String]) -> String {
    let shown = resources.iter().take(FEW).cloned();
    let rest = resources.len().saturating_sub(FEW);
    let rest = (rest > 0).then(|| format!("+{rest} more"));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

impl Line {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            event: event.what.name().replace('_', " "),
            request: event.request.as_ref().map(|about| about.number),
            integration: event.integration().cloned(),
            cause: event.what.cause().map(Cause::name),
            whom: match &event.what {
                What::Blocked { person, .. } | What::Unblocked { person } => Some(id_of(person)),
                _ => None,
            },
            level: match &event.what {
                What::Overdue(_) => Level::ERROR,
                What::Failed { .. } => Level::WARN,
                _ => Level::INFO,
            },
            by: match &event.actor {
                Actor::Person(person) => id_of(person),
                Actor::Stranger { account, .. } => account.id.clone(),
                Actor::Apono => "apono".to_owned(),
            },
            access: event.request.as_ref().map(Access::of),
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
            access,
        } = self;
        let request = request.map(field::display);
        let grantee = access.as_ref().map(|access| access.grantee.as_str());
        let permissions = access.as_ref().map(|access| access.permissions.as_str());
        let resources = access.as_ref().map(|access| access.resources.as_str());
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    seq,
                    request,
                    integration,
                    permissions,
                    resources,
                    grantee,
                    cause,
                    whom,
                    by,
                    "{event}"
                )
            };
        }
        match *level {
            Level::ERROR => line!(error),
            Level::WARN => line!(warn),
            _ => line!(info),
        }
    }
}
