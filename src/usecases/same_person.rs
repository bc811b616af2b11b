//! Which people are the same person, and who an address in the config identifies.

use crate::access::flows::PersonRef;
use crate::access::forbidden::Forbidden;
use crate::access::ids::PersonId;
use crate::access::people::{Home, Person};
use crate::audit::event::{Event, PersonFacts, What};
use crate::people::Joined;
use crate::store::{ReadLimits, ReadPeople, Tx};

use super::closing::{Because, close_one};
use super::leaving::by_apono;
use super::{Core, Receipt, UseCaseError, person_facts};

/// Joins everybody that these accounts were ever seen as into one person: the one known longest.
#[tracing::instrument(name = "same_person.join", skip_all)]
pub async fn join(core: &Core, accounts: &[PersonRef]) -> Result<Vec<Joined>, UseCaseError> {
    if core.store.people_named(accounts).await?.len() < 2 {
        return Ok(Vec::new());
    }
    let mut tx = core.store.write().await?;
    let people = tx.hold_people_named(accounts).await?;
    make_one(core, tx, people, "config").await
}

/// The same for accounts of ours that Slack says are one: those with these user ids.
#[tracing::instrument(name = "same_person.join_at", skip_all)]
pub async fn join_at(core: &Core, home: &Home, users: &[String]) -> Result<Vec<Joined>, UseCaseError> {
    let known = core.store.accounts_at(home, users).await?;
    if known.iter().all(|other| other.id == known[0].id) {
        return Ok(Vec::new());
    }
    let mut tx = core.store.write().await?;
    let people = tx.hold_people_at(home, users).await?;
    make_one(core, tx, people, "what Slack says about an account").await
}

/// Of `people` the first stays.
async fn make_one(
    core: &Core,
    mut tx: Tx,
    people: Vec<PersonId>,
    cause: &str,
) -> Result<Vec<Joined>, UseCaseError> {
    let known = tx.people_by_id(&people).await?;
    let facts_of = |id: &PersonId| {
        known
            .iter()
            .find(|person| person.id == *id)
            .map(PersonFacts::from)
    };
    let mut people = people.into_iter();
    let Some(stays) = people.next() else {
        return Ok(Vec::new());
    };
    let mut events = Vec::new();
    let mut joined = Vec::new();
    for gone in people {
        tx.join_people(&stays, &gone).await?;
        if let (Some(person), Some(same_as)) = (facts_of(&stays), facts_of(&gone)) {
            let what = What::Joined { person, same_as };
            let origin = by_apono(cause);
            events.push(Event::new(core.now(), core.install.clone(), origin, None, what));
        }
        joined.push(Joined {
            stays: stays.clone(),
            gone,
        });
    }
    if !joined.is_empty() {
        events.extend(end_self_approved(core, &mut tx, &stays, cause).await?);
    }
    tx.seal(events).await?;
    Ok(joined)
}

/// Ends at once what `person` has by their own decision, and tells the admins. The caller seals the events.
async fn end_self_approved(
    core: &Core,
    tx: &mut Tx,
    person: &PersonId,
    cause: &str,
) -> Result<Vec<Event>, UseCaseError> {
    let mut events = Vec::new();
    for id in tx.live_by_own_decision(person).await? {
        let origin = by_apono(cause);
        events.extend(close_one(core, tx, &id, &Because::SelfApproved, &origin).await?);
    }
    Ok(events)
}

/// Whether `by` may say that something is `holder`'s from now on: an admin, and not about themselves. The change holds `by`.
pub(super) async fn may_accept(
    core: &Core,
    tx: &mut Tx,
    by: &Person,
    holder: &PersonId,
) -> Result<(), UseCaseError> {
    if tx.limits().await?.blocked.contains(&by.id) || !core.policy().is_admin(by) {
        return Err(Forbidden::AdminsOnly.into());
    }
    if *holder == by.id {
        return Err(Forbidden::NotOnYourself.into());
    }
    Ok(())
}

/// An admin says that `email`, an address in the config, identifies the account of `holder` from now on. `holder` was
/// looked up a moment ago and shows the address, confirmed.
#[tracing::instrument(name = "same_person.accept_address", skip_all)]
pub async fn accept_address(
    core: &Core,
    by: &Person,
    email: &str,
    holder: &Person,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.hold_people(&[&by.id]).await?;
    may_accept(core, &mut tx, by, &holder.id).await?;
    let Some(mut tx) = receipt.settle(tx, "accepted", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let was = match tx.holder_of(email).await? {
        // Nobody can tell whether their address was looked up before or after it moved.
        Some(id) => tx.people_by_id(&[id]).await?.first().map(|was| PersonFacts {
            email: None,
            ..PersonFacts::from(was)
        }),
        None => None,
    };
    tx.repin_email(email, &holder.account, now).await?;
    let what = What::AddressAccepted {
        email: email.to_owned(),
        was,
        now: PersonFacts {
            email: Some(email.to_owned()),
            ..person_facts(holder)
        },
    };
    let origin = receipt.origin(by);
    tx.seal(vec![Event::new(now, core.install.clone(), origin, None, what)])
        .await?;
    Ok(())
}
