//! People who are deactivated, become guests, or are no longer ours lose their access within minutes: a directory
//! may report it at once, and everybody who has or waits for access is checked now and then, because reports can be
//! lost.
//!
//! Invariant: only what the directory says about a person ends anything. An error says nothing, and an unknown person
//! counts only if the directory says so twice, about an account that was one of ours.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::audit::cause::Became as Left;
use crate::people::Directory;
use crate::people::leavers::{Became, Changes, what_became_of};
use crate::store::ReadPeople;

use super::leaving::{by_apono, left};
use super::{Core, UseCaseError, closing, person_facts};

/// How long the directory has to keep not knowing somebody.
const UNKNOWN_FOR: Duration = Duration::from_mins(1);

/// The cause in the trail if no report led to it.
const LOOKED: &str = "a check of everybody with access";

/// Since when the directory has not known somebody.
pub type Unknown = HashMap<PersonId, Timestamp>;

/// Checks everybody who has or waits for access.
pub async fn look(core: &Core, directory: &dyn Directory, unknown: &mut Unknown) -> Result<(), UseCaseError> {
    let people = core.store.people_with_open_requests().await?;
    unknown.retain(|person, _| people.contains(person));
    for person in people {
        match what_became_of(&core.store, directory, &person, &core.policy()).await? {
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
            Became::Gone(account) => {
                let became = Left::Now(account.standing);
                left(core, &person_facts(&account), became, LOOKED).await?;
            }
        }
    }
    close_unanswerable(core, directory, LOOKED).await
}

/// Checks changed accounts as they are noted, forever. A failure is left to the next check of everybody.
pub async fn keep_up(core: &Core, directory: &dyn Directory, changes: &Changes) {
    loop {
        let accounts = changes.next().await;
        if let Err(error) = take_up(core, directory, &accounts).await {
            tracing::warn!(%error, "changed people could not be checked; the next round will retry");
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

/// Checks one changed account; true if what it may answer can be different now.
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
        if let Became::Gone(gone) = what_became_of(&core.store, directory, person, &core.policy()).await? {
            left(core, &person_facts(&gone), Left::Now(gone.standing), key).await?;
        }
    }
    if !looked_at {
        if before.is_none() {
            return Ok(false);
        }
        // Answers are judged by what the directory knows about them.
        if let Err(error) = directory.look_up(account, &core.policy()).await {
            tracing::warn!(%error, user = account, inbox = key, "a changed person could not be looked up");
        }
    }
    let counts = |person: Person| (person.standing, person.email);
    Ok(before.map(counts) != directory.known().person(account).map(counts))
}

/// Closes requests whose last approver is gone.
pub async fn close_unanswerable(
    core: &Core,
    directory: &dyn Directory,
    cause: &str,
) -> Result<(), UseCaseError> {
    let known = |policy: &Policy| directory.known().complete_facts(policy);
    closing::close_unanswerable(core, known, &by_apono(cause)).await?;
    Ok(())
}
