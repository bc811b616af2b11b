//! An approver for whom Slack takes no message: they do not know that they are asked. The others stay asked, the requester's
//! card says whom the request did not reach, and if it reached nobody, the alerts channel and the admins hear of it.
//!
//! Invariant: it stands in the database, with its event and its alarm, before anybody is told, so that it is said once,
//! whoever tries and however often it restarts. The card is tried on as long as the request waits.

use std::collections::BTreeSet;

use crate::access::ids::PersonId;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::audit::event::{Event, PersonFacts, What};
use crate::store::{Job, JobKind, JobSpec, Message, MessageState, StoredEvent, Surface, Tx};

use super::facts::facts_in;
use super::leaving::by_apono;
use super::open::want_message;
use super::{Core, UseCaseError, until_no_conflict};

/// Slack said no to an approver's card, in the word `why`; it is tried again at `at`.
pub async fn not_reached(
    core: &Core,
    job: &Job,
    card: &Message,
    why: &str,
    admins: &BTreeSet<PersonId>,
    at: Timestamp,
) -> Result<(), UseCaseError> {
    until_no_conflict!(not_reached_once(core, job, card, why, admins, at))
}

async fn not_reached_once(
    core: &Core,
    job: &Job,
    card: &Message,
    why: &str,
    admins: &BTreeSet<PersonId>,
    at: Timestamp,
) -> Result<(), UseCaseError> {
    let events = core.store.events_of(&card.request).await?;
    let was_said = is_said(&events, &card.person);
    let mut tx = core.store.write().await?;
    let mut request = tx
        .request(&card.request)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    if request.state != State::Pending {
        // Nobody has to be asked any more.
        put(&mut tx, card, MessageState::Dead).await?;
        tx.finish(job).await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    put(&mut tx, card, MessageState::NotReached).await?;
    tx.retry(job, at, why).await?;
    if !was_said || job.attempt == 1 {
        show_anew(core, &mut tx, &mut request, card).await?;
    }
    if was_said {
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    let cards = tx.messages_of(&request.id).await?;
    let others = cards
        .iter()
        .filter(|other| {
            other.surface == Surface::ApproverCard && other.person != card.person && may_reach(other, &events)
        })
        .count();
    if others == 0 {
        want_message(
            core,
            &mut tx,
            &request,
            &request.requester,
            Surface::NotReachedAlarm,
        )
        .await?;
        for admin in admins {
            want_message(core, &mut tx, &request, admin, Surface::NoticeNotReached).await?;
        }
    }
    let known = tx.people_by_id(std::slice::from_ref(&card.person)).await?;
    let person = known
        .first()
        .map(PersonFacts::from)
        .ok_or(UseCaseError::NoSuchPerson)?;
    let what = What::NotReached {
        person,
        why: why.to_owned(),
        others: u64::try_from(others).unwrap_or(u64::MAX),
    };
    let about = facts_in(&mut tx, &request).await?;
    let origin = by_apono(&job.id);
    let event = Event::new(core.now(), core.install.clone(), origin, Some(about), what);
    tx.seal(vec![event]).await?;
    Ok(())
}

/// An approver's card that Slack would not take before is there after all.
pub async fn reached(core: &Core, job: &Job, card: &Message) -> Result<(), UseCaseError> {
    until_no_conflict!(reached_once(core, job, card))
}

async fn reached_once(core: &Core, job: &Job, card: &Message) -> Result<(), UseCaseError> {
    let was_said = is_said(&core.store.events_of(&card.request).await?, &card.person);
    let mut tx = core.store.write().await?;
    let mut request = tx
        .request(&card.request)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    tx.put_message(card).await?;
    tx.finish(job).await?;
    if was_said && request.state == State::Pending {
        show_anew(core, &mut tx, &mut request, card).await?;
        // What was shown just now is of the version before.
        tx.schedule(&JobSpec::at(JobKind::Message, &card.id, core.now()))
            .await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// Whether the trail says of this request that the person could not be reached.
pub(super) fn is_said(events: &[StoredEvent], person: &PersonId) -> bool {
    events.iter().any(
        |stored| matches!(&stored.event.what, What::NotReached { person: said, .. } if said.id == *person),
    )
}

/// Whether the message is there, or may come to be. One that is tried again just now was refused before.
fn may_reach(card: &Message, events: &[StoredEvent]) -> bool {
    match card.state {
        MessageState::Shown => true,
        MessageState::Wanted | MessageState::Sending => !is_said(events, &card.person),
        MessageState::NotReached | MessageState::Dead => false,
    }
}

async fn put(tx: &mut Tx, card: &Message, state: MessageState) -> Result<(), UseCaseError> {
    let unsent = Message {
        state,
        channel: None,
        first_attempt_at: None,
        ..card.clone()
    };
    tx.put_message(&unsent).await?;
    Ok(())
}

/// Whoever reads the request reads it with what changed about `card`, whose own job goes on by itself.
async fn show_anew(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    card: &Message,
) -> Result<(), UseCaseError> {
    let (was, now) = (request.version, core.now());
    request.version += 1;
    request.changed_at = now;
    tx.update_request(request, was).await?;
    let cards = tx.messages_of(&request.id).await?;
    let is_shown = |other: &&Message| {
        other.surface.is_card() && other.id != card.id && other.state != MessageState::NotReached
    };
    for other in cards.iter().filter(is_shown) {
        tx.schedule(&JobSpec::at(JobKind::Message, &other.id, now))
            .await?;
    }
    Ok(())
}
