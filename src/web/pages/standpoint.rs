//! What the config says about a person: roles, groups, and under which flows they may ask.

use std::time::Duration;

use askama::Template;
use tokio::time::timeout;

use crate::access::explain::standpoint;
use crate::access::flows::Policy;
use crate::access::people::Person;
use crate::store::KnownPerson;
use crate::telling::{flows, people};
use crate::web::Portal;
use crate::web::shown::{self, Shown};

/// How long a page waits for the directory: it is read while that is down, too.
const WITHIN: Duration = Duration::from_secs(3);

/// Part of a page about a person.
#[derive(Template)]
#[template(path = "standpoint.html")]
pub(super) struct Standing {
    /// `None` if the directory does not say who they are.
    known: Option<Known>,
    /// No flow counts for them.
    is_blocked: bool,
}

struct Known {
    account: &'static str,
    roles: String,
    groups: Shown,
    /// The flows under which they may ask, in file order: name, and what each gives.
    asks: Vec<(Shown, Shown)>,
}

impl Standing {
    pub(super) async fn of(portal: &Portal, person: &KnownPerson, is_blocked: bool) -> Self {
        let policy = portal.core.policy();
        let known = looked_up(portal, &policy, person).await;
        Self {
            known: known.map(|person| Known::of(&policy, &person)),
            is_blocked,
        }
    }
}

impl Known {
    fn of(policy: &Policy, person: &Person) -> Self {
        let standpoint = standpoint(policy, person);
        let asks = standpoint.asks.iter();
        Self {
            account: people::standing(person.standing),
            roles: people::roles(&standpoint),
            groups: shown::text(&people::or_none(&standpoint.groups)),
            asks: asks
                .map(|flow| (shown::text(&flow.name), shown::text(&flows::terms(flow))))
                .collect(),
        }
    }
}

/// They as the directory last said, or says now; `None` if it does not.
pub(super) async fn looked_up(portal: &Portal, policy: &Policy, person: &KnownPerson) -> Option<Person> {
    let user = &person.account.user;
    if let Some(known) = portal.directory.known().person(user) {
        return Some(known);
    }
    let found = timeout(WITHIN, portal.directory.look_up(user, policy)).await;
    found.ok()?.ok()
}
