//! Somebody is no longer one of ours: what they have ends, and what they wait for is closed.

use crate::audit::cause::Became;
use crate::audit::event::{Actor, Origin, PersonFacts, Via};
use crate::audit::portal::WhyOut;

use super::closing::{Because, close_all};
use super::{Core, UseCaseError, portal, until_no_conflict};

/// Ends everything of `person`; `cause` is what reported it. Returns how many requests it closed or began to revoke.
#[tracing::instrument(name = "leaving.left", skip_all)]
pub async fn left(
    core: &Core,
    person: &PersonFacts,
    became: Became,
    cause: &str,
) -> Result<usize, UseCaseError> {
    until_no_conflict!(left_once(core, person, became, cause))
}

async fn left_once(
    core: &Core,
    person: &PersonFacts,
    became: Became,
    cause: &str,
) -> Result<usize, UseCaseError> {
    let origin = by_apono(cause);
    let mut tx = core.store.write().await?;
    let because = Because::Left(person.clone(), became);
    let mut events = close_all(core, &mut tx, &person.id, &because, &origin).await?;
    let ended = events.len();
    events.extend(portal::end_all_in(core, &mut tx, person, WhyOut::Left, &origin).await?);
    if !events.is_empty() {
        tx.seal(events).await?;
    }
    Ok(ended)
}

/// An act of apono itself, because of `cause`.
pub fn by_apono(cause: &str) -> Origin {
    Origin {
        via: Via::Worker,
        cause: cause.to_owned(),
        actor: Actor::Apono,
    }
}
