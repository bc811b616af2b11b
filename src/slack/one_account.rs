//! An account of ours under all the names that Slack has for it. A workspace that becomes part of a Grid organisation is
//! named with the organisation from then on, and an account may have one id in a workspace and another in the organisation.
//!
//! Invariant: an account of ours stays the one that was seen first, and whoever it was known as under several names is one
//! person before they count as anybody.

use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};
use crate::store::StoreError;
use crate::usecases::same_person::{self, Joined};
use crate::usecases::{Core, UseCaseError};

/// An account as the database knows it.
pub(super) struct Kept {
    pub(super) id: PersonId,
    /// As it was seen first.
    pub(super) account: SlackAccount,
    /// People who turned out to be one.
    pub(super) joined: Vec<Joined>,
}

/// Keeps what was seen of an account. `home` is ours, if the account is of it; `organisations` is the organisation's id for
/// it, where that is another.
pub(super) async fn keep(
    core: &Core,
    home: Option<&Home>,
    seen: SlackAccount,
    organisations: Option<&str>,
    name: &str,
) -> Result<Kept, StoreError> {
    let (store, now) = (&core.store, core.now());
    let Some(home) = home else {
        let id = store.upsert_account(&seen, name, None, now).await?;
        return Ok(Kept {
            id,
            account: seen,
            joined: Vec::new(),
        });
    };
    let mut users = vec![seen.user.clone()];
    let known = store.accounts_at(home, &users).await?;
    let may_be_several = known.len() > 1 || organisations.is_some();
    let account = known.into_iter().next().map_or(seen, |first| first.account);
    let mut id = store.upsert_account(&account, name, None, now).await?;
    if let (Some(user), Some(enterprise)) = (organisations, &home.enterprise) {
        let other = SlackAccount {
            enterprise: enterprise.clone(),
            team: enterprise.clone(),
            user: user.to_owned(),
        };
        if store
            .accounts_at(home, std::slice::from_ref(&other.user))
            .await?
            .is_empty()
        {
            store.add_account(&id, &other, name, now).await?;
        }
        users.push(other.user);
    }
    if !may_be_several {
        return Ok(Kept {
            id,
            account,
            joined: Vec::new(),
        });
    }
    let joined = same_person::join_at(core, home, &users)
        .await
        .map_err(of_the_store)?;
    if !joined.is_empty()
        && let Some(stays) = store.person_of_account(&account.team, &account.user).await?
    {
        id = stays;
    }
    Ok(Kept { id, account, joined })
}

/// Joining people fails by the database alone.
pub(super) fn of_the_store(error: UseCaseError) -> StoreError {
    match error {
        UseCaseError::Store(error) => error,
        error => StoreError::Unavailable(error.to_string()),
    }
}
