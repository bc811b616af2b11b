//! An account of ours under all the names that Slack has for it. A workspace that becomes part of a Grid organisation is
//! named with the organisation from then on, and an account may have one id in a workspace and another in the organisation.
//!
//! Invariant: an account of ours stays the one that was seen first, and whoever it was known as under several names is one
//! person before they count as anybody.

use crate::store::{Kept, Sighting, StoreError};
use crate::usecases::same_person::{self, Joined};
use crate::usecases::{Core, UseCaseError};

/// Keeps what was seen of an account. Returns it with the people who turned out to be one.
pub(super) async fn keep(core: &Core, seen: &Sighting<'_>) -> Result<(Kept, Vec<Joined>), StoreError> {
    let kept = core.store.keep_account(seen, core.now()).await?;
    let Some(home) = seen.home.filter(|_| kept.is_several) else {
        return Ok((kept, Vec::new()));
    };
    let users = [Some(seen.account.user.as_str()), seen.organisations];
    let users: Vec<String> = users.into_iter().flatten().map(str::to_owned).collect();
    let joined = same_person::join_at(core, home, &users)
        .await
        .map_err(of_the_store)?;
    // An address that another of them holds is their own by now.
    let kept = core.store.keep_account(seen, core.now()).await?;
    Ok((kept, joined))
}

/// Joining people fails by the database alone.
pub(super) fn of_the_store(error: UseCaseError) -> StoreError {
    match error {
        UseCaseError::Store(error) => error,
        error => StoreError::Unavailable(error.to_string()),
    }
}
