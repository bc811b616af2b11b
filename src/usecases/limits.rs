//! An admin's brakes: a person gets nothing any more and decides nothing, or an integration grants nothing.
//!
//! Invariant: whoever is blocked brakes and releases nothing, and nobody does either to themselves; both are looked at
//! inside the change.

use crate::access::people::Person;
use crate::audit::event::{Event, PersonFacts, What};
use crate::store::{JobKind, JobSpec, KnownPerson, Tx};

use super::closing::{Because, close_all};
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, until_no_conflict};

/// What a brake did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Braked {
    /// It is on now, or off. With a block: how many requests and grants end with it.
    Done { ended: usize },
    /// It was so before.
    WasSo,
}

/// Blocks `whom`: live access ends, what waits is closed, nothing new is given, and no decision of theirs counts.
pub async fn block(
    core: &Core,
    by: &Person,
    whom: &KnownPerson,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    until_no_conflict!(block_once(core, by, whom, reason, receipt))
}

async fn block_once(
    core: &Core,
    by: &Person,
    whom: &KnownPerson,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = brake(core, by, Some(whom), receipt).await?;
    let reason = keep_words(core, &mut tx, reason).await?;
    let words = reason.as_ref().map(|reason| &reason.id);
    if !tx.block(&whom.id, &by.id, words, core.now()).await? {
        return was_so(core, receipt, tx).await;
    }
    let origin = receipt.origin(by);
    let why = format!("{} was blocked", whom.name);
    let closed = close_all(core, &mut tx, &whom.id, Because::Blocked, &why, &origin).await?;
    let ended = closed.len();
    let what = What::Blocked {
        person: PersonFacts::from(whom),
        ended: u64::try_from(ended).unwrap_or(u64::MAX),
        reason,
    };
    let mut events = vec![Event::new(core.now(), core.install.clone(), origin, None, what)];
    events.extend(closed);
    tx.seal(events).await?;
    core.wakes.all();
    Ok(Braked::Done { ended })
}

/// Takes a block away; what ended stays ended.
pub async fn unblock(
    core: &Core,
    by: &Person,
    whom: &KnownPerson,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = brake(core, by, Some(whom), receipt).await?;
    if !tx.unblock(&whom.id).await? {
        return was_so(core, receipt, tx).await;
    }
    let person = PersonFacts::from(whom);
    released(core, by, receipt, tx, What::Unblocked { person }).await
}

/// Freezes an integration: nothing new is asked for or granted on it. Live access stays, and ends on time.
pub async fn freeze(
    core: &Core,
    by: &Person,
    integration: &str,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = brake(core, by, None, receipt).await?;
    let reason = keep_words(core, &mut tx, reason).await?;
    let words = reason.as_ref().map(|reason| &reason.id);
    if !tx.freeze(integration, &by.id, words, core.now()).await? {
        return was_so(core, receipt, tx).await;
    }
    let integration = integration.to_owned();
    released(core, by, receipt, tx, What::Frozen { integration, reason }).await
}

/// Takes a freeze away; what was approved meanwhile and still waits is granted at once.
pub async fn thaw(
    core: &Core,
    by: &Person,
    integration: &str,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = brake(core, by, None, receipt).await?;
    if !tx.thaw(integration).await? {
        return was_so(core, receipt, tx).await;
    }
    for request in tx.approved_requests_on(integration).await? {
        let at_once = JobSpec::at(JobKind::Provision, request.as_str(), core.now());
        tx.schedule(&at_once).await?;
    }
    let integration = integration.to_owned();
    released(core, by, receipt, tx, What::Thawed { integration }).await
}

/// A change in which `by` may brake: an admin, not blocked, and not about themselves.
async fn brake(
    core: &Core,
    by: &Person,
    whom: Option<&KnownPerson>,
    receipt: Receipt<'_>,
) -> Result<Tx, UseCaseError> {
    let mut tx = core.store.write().await?;
    let mut both = vec![&by.id];
    both.extend(whom.map(|whom| &whom.id));
    tx.hold_people(&both).await?;
    if tx.limits().await?.blocked.contains(&by.id) || !core.policy().is_admin(by) {
        return Err(UseCaseError::AdminsOnly);
    }
    if whom.is_some_and(|whom| whom.id == by.id) {
        return Err(UseCaseError::NotOnYourself);
    }
    if !receipt.settle(&mut tx, "braked", core.now()).await? {
        return Err(UseCaseError::SeenBefore);
    }
    Ok(tx)
}

/// Nothing changed; words that were written for it go with the transaction, the envelope is settled by itself.
async fn was_so(core: &Core, receipt: Receipt<'_>, tx: Tx) -> Result<Braked, UseCaseError> {
    drop(tx);
    super::refuse::settle(core, receipt, "answered").await?;
    Ok(Braked::WasSo)
}

async fn released(
    core: &Core,
    by: &Person,
    receipt: Receipt<'_>,
    tx: Tx,
    what: What,
) -> Result<Braked, UseCaseError> {
    let origin = receipt.origin(by);
    tx.seal(vec![Event::new(
        core.now(),
        core.install.clone(),
        origin,
        None,
        what,
    )])
    .await?;
    core.wakes.all();
    Ok(Braked::Done { ended: 0 })
}
