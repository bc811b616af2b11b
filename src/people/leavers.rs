//! People who are deactivated, become guests, or are not among us any more lose what they have within minutes: a directory
//! may say so at once, and everybody who has or waits for something is looked at now and then, because what it says can be
//! lost.
//!
//! Invariant: only what the directory says about a person ends anything. An error says nothing, and that it knows no such
//! person counts when it says so twice, of an account that was one of ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Person, Standing};
use crate::access::policy::first_match;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::audit::cause::Became as Left;
use crate::audit::event::PersonFacts;
use crate::usecases::leaving::{by_apono, left};
use crate::usecases::{Core, UseCaseError, closing, person_facts};

use super::{Directory, Look};

/// How long the directory has to go on not knowing somebody.
const UNKNOWN_FOR: Duration = Duration::from_mins(1);

/// What stands as the cause in the trail of what nothing told of.
const LOOKED: &str = "a look at everybody with access";

/// Since when the directory does not know somebody.
pub type Unknown = HashMap<PersonId, Timestamp>;

/// Looks at everybody who has or waits for something.
pub async fn look(core: &Core, directory: &dyn Directory, unknown: &mut Unknown) -> Result<(), UseCaseError> {
    let people = core.store.people_with_open_requests().await?;
    unknown.retain(|person, _| people.contains(person));
    for person in people {
        match what_became_of(core, directory, &person).await? {
            Became::Stays => {
                unknown.remove(&person);
            }
            Became::Unknown => {
                let now = core.now();
                let since = *unknown.entry(person.clone()).or_insert(now);
                if now.since(since) >= UNKNOWN_FOR {
                    let known = core.store.people_by_id(std::slice::from_ref(&person)).await?;
                    if let Some(known) = known.first() {
                        left(core, &known.into(), Left::Unknown, LOOKED).await?;
                    }
                }
            }
            Became::Gone(person, standing) => {
                left(core, &person, Left::Now(standing), LOOKED).await?;
            }
        }
    }
    close_unanswerable(core, directory, LOOKED).await
}

/// Accounts that are said to have changed, each once with the key of what said so first, until somebody looks at them.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<BTreeMap<String, String>>,
    came: Notify,
}

impl Changes {
    /// Most changes of an account are none of ours, and there may be thousands at once: it is looked at in its turn.
    pub fn note(&self, account: String, key: String) {
        self.waiting().entry(account).or_insert(key);
        self.came.notify_one();
    }

    async fn next(&self) -> BTreeMap<String, String> {
        self.came.notified().await;
        std::mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.waiting.lock().expect("no holder of this lock can panic")
    }
}

/// Looks at changed accounts as they are noted, for ever. What fails is left to the next look at everybody.
pub async fn keep_up(core: &Core, directory: &dyn Directory, changes: &Changes) {
    loop {
        let accounts = changes.next().await;
        if let Err(error) = take_up(core, directory, &accounts).await {
            tracing::warn!(%error, "changed people could not be looked at; the next round will");
        }
    }
}

async fn take_up(
    core: &Core,
    directory: &dyn Directory,
    changed: &BTreeMap<String, String>,
) -> Result<(), UseCaseError> {
    let watched = core.store.people_with_open_requests().await?;
    let mut cause = None;
    for (account, key) in changed {
        if answers_differ_after(core, directory, account, key, &watched).await? {
            cause = cause.or(Some(key));
        }
    }
    match cause {
        Some(key) => close_unanswerable(core, directory, key).await,
        None => Ok(()),
    }
}

/// Looks at one changed account; true if what it may answer can be different now.
async fn answers_differ_after(
    core: &Core,
    directory: &dyn Directory,
    account: &str,
    key: &str,
    watched: &[PersonId],
) -> Result<bool, UseCaseError> {
    let before = directory.known().person(account);
    let people = core.store.people_of_user(account).await?;
    let mut looked_at = false;
    for person in people.iter().filter(|person| watched.contains(person)) {
        looked_at = true;
        if let Became::Gone(person, standing) = what_became_of(core, directory, person).await? {
            left(core, &person, Left::Now(standing), key).await?;
        }
    }
    if !looked_at {
        if before.is_none() {
            return Ok(false);
        }
        // What the directory knows of them is what answers are judged by.
        if let Err(error) = directory.look_up(account, &core.policy()).await {
            tracing::warn!(%error, user = account, "a changed person could not be looked up");
        }
    }
    let counts = |person: Person| (person.standing, person.email);
    Ok(before.map(counts) != directory.known().person(account).map(counts))
}

/// Requests whose last approver is gone are said to be so.
pub async fn close_unanswerable(
    core: &Core,
    directory: &dyn Directory,
    cause: &str,
) -> Result<(), UseCaseError> {
    let known = |policy: &Policy| directory.known().complete_facts(policy);
    closing::close_unanswerable(core, known, &by_apono(cause)).await?;
    Ok(())
}

enum Became {
    /// Or nobody can say.
    Stays,
    /// They are not one of ours.
    Gone(PersonFacts, Standing),
    /// The directory knows no such person.
    Unknown,
}

async fn what_became_of(
    core: &Core,
    directory: &dyn Directory,
    person: &PersonId,
) -> Result<Became, UseCaseError> {
    let policy = core.policy();
    let accounts = match directory.look_at(person, &policy).await? {
        Look::Shows(accounts) => accounts,
        Look::Nobody => return Ok(Became::Unknown),
        Look::CannotSay => return Ok(Became::Stays),
    };
    let has = |standing| accounts.iter().find(|account| account.standing == standing);
    if has(Standing::Member).is_some() {
        return Ok(Became::Stays);
    }
    if let Some(guest) = has(Standing::Guest) {
        let open = core.store.open_requests_of(person).await?;
        if open.iter().all(|request| guest_may(&policy, guest, request)) {
            return Ok(Became::Stays);
        }
    }
    Ok(match accounts.first() {
        Some(account) => Became::Gone(person_facts(account), account.standing),
        None => Became::Stays,
    })
}

/// A guest keeps what a flow gives to their account by its id.
fn guest_may(policy: &Policy, guest: &Person, request: &Request) -> bool {
    let mut units = request.units.iter();
    units.all(|unit| first_match(policy, guest, &request.integration, unit).is_some())
}
