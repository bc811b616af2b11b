//! Accounts that belong to one person, according to the directory or the config.
//!
//! Invariant: an account of ours stays the one that was seen first, and people it was known as under several names become one
//! person before they count as anybody.

use crate::access::flows::Policy;
use crate::access::people::{Person, SlackAccount};
use crate::people::{Joined, Known};
use crate::store::{Kept, ReadPeople, Sighting, StoreError};

use super::{Core, UseCaseError, same_person};

/// Stores what was seen of an account, which an organisation may know by several ids. Returns it with the people who turned
/// out to be the same person.
pub async fn keep(core: &Core, seen: &Sighting<'_>) -> Result<(Kept, Vec<Joined>), StoreError> {
    let kept = core.store.keep_account(seen, core.now()).await?;
    let Some(home) = seen.home.filter(|_| kept.is_several) else {
        return Ok((kept, Vec::new()));
    };
    let users = [Some(seen.account.user.as_str()), seen.organisations];
    let users: Vec<String> = users.into_iter().flatten().map(str::to_owned).collect();
    let joined = same_person::join_at(core, home, &users)
        .await
        .map_err(of_the_store)?;
    // An address held by another of them is their own by now.
    let kept = core.store.keep_account(seen, core.now()).await?;
    Ok((kept, joined))
}

/// Joins people with several accounts in the config into one person before they count as anybody.
pub async fn join(
    core: &Core,
    known: &Known,
    mut person: Person,
    policy: &Policy,
) -> Result<Person, StoreError> {
    let accounts = policy
        .people
        .iter()
        .find(|accounts| accounts.iter().any(|account| person.is(account)));
    let Some(accounts) = accounts else {
        return Ok(person);
    };
    let joined = same_person::join(core, accounts).await.map_err(of_the_store)?;
    // Somebody else may have joined them since this account's person was read.
    let SlackAccount { team, user, .. } = &person.account;
    if let Some(id) = core.store.person_of_account(team.as_deref(), user).await? {
        person.id = id;
    }
    known.rename(&joined);
    known.reassign(&person.account, &person.id);
    Ok(person)
}

/// Joining people can only fail because of the database.
fn of_the_store(error: UseCaseError) -> StoreError {
    match error {
        UseCaseError::Store(error) => error,
        error => StoreError::Unavailable(error.to_string()),
    }
}
