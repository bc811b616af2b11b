//! An admin's brakes: a person gets no new access and cannot decide, or an integration grants nothing.
//!
//! Invariant: a blocked person cannot apply or release a brake, and nobody can do either to themselves; both are checked
//! inside the transaction.

use crate::access::forbidden::Forbidden;
use crate::access::people::Person;
use crate::audit::event::{Event, Origin, PersonFacts, What};
use crate::audit::portal::WhyOut;
use crate::audit::words::WordsRef;
use crate::store::{JobKind, JobSpec, KnownPerson, ReadLimits, Tx};

use super::closing::{Because, close_all};
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, portal, until_no_conflict};

/// The outcome that the inbox records for an envelope that applied a brake.
const BRAKED: &str = "braked";

/// What a brake did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Braked {
    /// It is on now, or off. With a block: how many requests and grants end with it.
    Done { ended: usize },
    /// It was already so.
    WasSo,
}

/// Blocks `whom`: live access ends, pending requests are closed, nothing new is granted, and no decision of theirs counts.
#[tracing::instrument(name = "limits.block", skip_all)]
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
    let mut tx = by_admin(core, by, Some(whom), receipt, BRAKED).await?;
    let reason = keep_words(core, &mut tx, reason).await?;
    let origin = receipt.origin(by);
    let Some((ended, events)) = block_in(core, &mut tx, by, whom, reason, &origin).await? else {
        return was_so(core, receipt, tx).await;
    };
    tx.seal(events).await?;
    Ok(Braked::Done { ended })
}

/// The same inside the caller's transaction, in which `by` is an admin: how many requests and grants end with it, and the
/// events, which the caller seals. `None` if they are already blocked.
pub(super) async fn block_in(
    core: &Core,
    tx: &mut Tx,
    by: &Person,
    whom: &KnownPerson,
    reason: Option<WordsRef>,
    origin: &Origin,
) -> Result<Option<(usize, Vec<Event>)>, UseCaseError> {
    not_oneself(by, whom)?;
    let words = reason.as_ref().map(|reason| &reason.id);
    if !tx.block(&whom.id, &by.id, words, core.now()).await? {
        return Ok(None);
    }
    let person = PersonFacts::from(whom);
    let closed = close_all(core, tx, &whom.id, &Because::Blocked(person.clone()), origin).await?;
    let ended = closed.len();
    let facts = person.clone();
    let what = What::Blocked {
        person,
        ended: u64::try_from(ended).unwrap_or(u64::MAX),
        reason,
    };
    let mut events = vec![event(core, origin.clone(), what)];
    events.extend(closed);
    events.extend(portal::end_all_in(core, tx, &facts, WhyOut::Blocked, origin).await?);
    Ok(Some((ended, events)))
}

/// Removes a block; what was ended stays ended.
#[tracing::instrument(name = "limits.unblock", skip_all)]
pub async fn unblock(
    core: &Core,
    by: &Person,
    whom: &KnownPerson,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = by_admin(core, by, Some(whom), receipt, BRAKED).await?;
    not_oneself(by, whom)?;
    if !tx.unblock(&whom.id).await? {
        return was_so(core, receipt, tx).await;
    }
    let person = PersonFacts::from(whom);
    sealed(tx, event(core, receipt.origin(by), What::Unblocked { person })).await
}

/// Freezes an integration: nothing new can be requested or granted on it. Live access stays, and ends on time.
#[tracing::instrument(name = "limits.freeze", skip_all)]
pub async fn freeze(
    core: &Core,
    by: &Person,
    integration: &str,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = by_admin(core, by, None, receipt, BRAKED).await?;
    let reason = keep_words(core, &mut tx, reason).await?;
    let origin = receipt.origin(by);
    let Some(event) = freeze_in(core, &mut tx, by, integration, reason, &origin).await? else {
        return was_so(core, receipt, tx).await;
    };
    sealed(tx, event).await
}

/// The same inside the caller's transaction, in which `by` is an admin. The caller seals the event; `None` if it is
/// already frozen.
pub(super) async fn freeze_in(
    core: &Core,
    tx: &mut Tx,
    by: &Person,
    integration: &str,
    reason: Option<WordsRef>,
    origin: &Origin,
) -> Result<Option<Event>, UseCaseError> {
    let words = reason.as_ref().map(|reason| &reason.id);
    if !tx.freeze(integration, &by.id, words, core.now()).await? {
        return Ok(None);
    }
    let integration = integration.to_owned();
    let what = What::Frozen { integration, reason };
    Ok(Some(event(core, origin.clone(), what)))
}

/// Removes a freeze; requests that were approved meanwhile and still wait are granted at once.
#[tracing::instrument(name = "limits.thaw", skip_all)]
pub async fn thaw(
    core: &Core,
    by: &Person,
    integration: &str,
    receipt: Receipt<'_>,
) -> Result<Braked, UseCaseError> {
    let mut tx = by_admin(core, by, None, receipt, BRAKED).await?;
    if !tx.thaw(integration).await? {
        return was_so(core, receipt, tx).await;
    }
    for request in tx.approved_requests_on(integration).await? {
        let at_once = JobSpec::at(JobKind::Provision, request.as_str(), core.now());
        tx.schedule(&at_once.on(integration)).await?;
    }
    let integration = integration.to_owned();
    sealed(tx, event(core, receipt.origin(by), What::Thawed { integration })).await
}

/// A transaction in which `by` acts as an admin who is not blocked, possibly on `whom`, and which settles `receipt`.
pub(super) async fn by_admin(
    core: &Core,
    by: &Person,
    whom: Option<&KnownPerson>,
    receipt: Receipt<'_>,
    outcome: &str,
) -> Result<Tx, UseCaseError> {
    let mut tx = core.store.write().await?;
    let mut both = vec![&by.id];
    both.extend(whom.map(|whom| &whom.id));
    tx.hold_people(&both).await?;
    if tx.limits().await?.blocked.contains(&by.id) || !core.policy().is_admin(by) {
        return Err(Forbidden::AdminsOnly.into());
    }
    let settled = receipt.settle(tx, outcome, core.now()).await?;
    settled.ok_or(UseCaseError::SeenBefore)
}

fn not_oneself(by: &Person, whom: &KnownPerson) -> Result<(), UseCaseError> {
    if whom.id == by.id {
        return Err(Forbidden::NotOnYourself.into());
    }
    Ok(())
}

/// Nothing changed: words written for it are dropped with the transaction, and the envelope is settled on its own.
async fn was_so(core: &Core, receipt: Receipt<'_>, tx: Tx) -> Result<Braked, UseCaseError> {
    drop(tx);
    super::refuse::settle(core, receipt, "answered").await?;
    Ok(Braked::WasSo)
}

fn event(core: &Core, origin: Origin, what: What) -> Event {
    Event::new(core.now(), core.install.clone(), origin, None, what)
}

async fn sealed(tx: Tx, event: Event) -> Result<Braked, UseCaseError> {
    tx.seal(vec![event]).await?;
    Ok(Braked::Done { ended: 0 })
}
