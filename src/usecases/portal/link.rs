//! The link and the code with which somebody signs in once.

use super::super::{Core, Receipt, UseCaseError};
use super::secret::Secret;
use super::{LINK_LASTS, MISSES};
use crate::access::ids::PersonId;
use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::store::{PortalLink, StoreError, Tx};

/// Separates the hashes of tokens, codes and claims.
const TOKEN: &str = "link";
const CODE: &str = "code";
pub(super) const CLAIM: &str = "claim";

/// What is told to one person, once.
#[derive(Debug)]
pub struct Handed {
    /// Goes into the address.
    pub token: Secret,
    /// Does not.
    pub code: Secret,
}

/// Makes a link and its code for `by`. Older ones of theirs no longer work.
#[tracing::instrument(name = "portal.hand_out", skip_all)]
pub async fn hand_out(core: &Core, by: &Person, receipt: Receipt<'_>) -> Result<Handed, UseCaseError> {
    let now = core.now();
    let (token, typed) = (Secret::fresh()?, Secret::code()?);
    let tx = core.store.write().await?;
    let Some(mut tx) = receipt.settle(tx, "answered", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    tx.put_portal_link(&PortalLink {
        token_hash: token.hash(TOKEN),
        code_hash: typed.hash_with(&token, CODE),
        person: by.id.clone(),
        account: by.account.user.clone(),
        misses: 0,
        made_at: now,
        is_claimed: false,
    })
    .await?;
    tx.seal(Vec::new()).await?;
    Ok(Handed { token, code: typed })
}

/// What became of a code that was entered.
#[derive(Debug)]
pub enum Entered {
    /// It was right. The link is used up: whoever has this secret may sign in as this person, once they confirm it.
    Right { claim: Secret, account: String },
    /// It was wrong; so many tries are left.
    Wrong { left: i64 },
    /// There is no such link any more.
    Dead,
}

/// Somebody with the link enters a code.
#[tracing::instrument(name = "portal.enter_code", skip_all)]
pub async fn enter_code(core: &Core, token: &Secret, typed: &Secret) -> Result<Entered, UseCaseError> {
    let token_hash = token.hash(TOKEN);
    let mut tx = core.store.write().await?;
    let link = tx.portal_link(&token_hash).await?;
    let Some(link) = link.filter(|link| is_usable(link, core.now())) else {
        return Ok(Entered::Dead);
    };
    if typed.hash_with(token, CODE) == link.code_hash {
        let claim = Secret::fresh()?;
        tx.claim_portal_link(&token_hash, &claim.hash(CLAIM)).await?;
        tx.seal(Vec::new()).await?;
        let account = link.account;
        return Ok(Entered::Right { claim, account });
    }
    tx.miss_portal_link(&token_hash).await?;
    tx.seal(Vec::new()).await?;
    tracing::warn!(user = link.account, "a wrong code was entered in the portal");
    Ok(match MISSES - link.misses - 1 {
        0 => Entered::Dead,
        left => Entered::Wrong { left },
    })
}

fn is_usable(link: &PortalLink, now: Timestamp) -> bool {
    !link.is_claimed && link.misses < MISSES && now.since(link.made_at) < LINK_LASTS
}

/// Uses up the link that was claimed with this secret, if that is not too long ago.
pub(super) async fn take(
    tx: &mut Tx,
    claim: &Secret,
    now: Timestamp,
) -> Result<Option<(PersonId, String)>, StoreError> {
    let link = tx.take_portal_link(&claim.hash(CLAIM)).await?;
    let link = link.filter(|link| now.since(link.made_at) < LINK_LASTS);
    Ok(link.map(|link| (link.person, link.account)))
}
