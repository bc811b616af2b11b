//! An approver to whom Slack does not deliver messages does not know that they are asked. The others stay asked, the requester's
//! card says who the request did not reach, and if it reached nobody, the alerts channel and the admins are told.
//!
//! Invariant: it is in the database, with its event and its alarm, before anybody is told, so it is reported once,
//! whoever tries and however often the process restarts. The card is retried for as long as the request waits.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::ids::PersonId;
use crate::access::request::{Request, State};
use crate::audit::event::{Event, PersonFacts, What};
use crate::store::{Job, Message, MessageState, ReadMessages, ReadPeople, Retry, StoredEvent, Surface, Tx};

use super::delivered::{Delivered, Next};
use super::facts::facts_in;
use super::leaving::by_apono;
use super::wanted_messages::{News, want};
use super::{Core, UseCaseError};

/// How long until a person to whom Slack does not deliver messages is messaged again.
const REACH_AGAIN: Duration = Duration::from_mins(5);

/// An approver's card that Slack does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As it was before it was tried.
    pub card: Message,
    /// In Slack's own word.
    pub why: String,
}

/// What follows from who a run reached.
#[derive(Default)]
pub(super) struct Reach {
    /// To be sealed by the caller.
    pub(super) events: Vec<Event>,
    pub(super) next: Option<Next>,
}

/// Records who a run reached and who it did not, inside the transaction that settles its job. `said` is what the trail says about
/// the request; only the holder of the job adds who it did not reach.
pub(super) async fn take(
    core: &Core,
    tx: &mut Tx,
    job: &Job,
    mut request: Request,
    delivered: &Delivered,
    said: &[StoredEvent],
) -> Result<Reach, UseCaseError> {
    let refused = delivered.refused.iter();
    if request.state != State::Pending {
        // Nobody needs to be asked any more.
        let dead = refused.map(|refused| refused.card.clone().unsent(MessageState::Dead));
        tx.put_messages(&dead.collect::<Vec<_>>()).await?;
        return Ok(Reach::default());
    }
    let (now, again_at) = (core.now(), delivered.begun_at.plus(REACH_AGAIN));
    let mut known: BTreeSet<PersonId> = out_of_reach(said).cloned().collect();
    let mut reads_anew = delivered.reached.iter().any(|person| known.contains(person));
    let mut cards = tx.messages_of(&request.id).await?;
    cards.retain(|card| card.surface == Surface::ApproverCard);
    let (mut reach, mut news) = (Reach::default(), Vec::new());
    for Refused { card, why } in refused {
        let is_new = known.insert(card.person.clone());
        // One that was tried before is already shown as out of reach.
        reads_anew |= is_new || card.retry.is_none();
        for other in cards.iter_mut().filter(|other| other.id == card.id) {
            other.state = MessageState::NotReached;
        }
        if is_new {
            let others = others_in_reach(&cards, card, &known);
            if others == 0 {
                news.extend(of_nobody(&request, &delivered.admins));
            }
            reach
                .events
                .push(not_reached(core, tx, job, &request, card, why, others).await?);
        }
    }
    if reads_anew {
        let was = request.version;
        request.version += 1;
        request.changed_at = now;
        tx.update_request(&request, was).await?;
        reach.next = Some(Next {
            at: now,
            why: "the message just shown is one version behind".to_owned(),
        });
    } else if let Some(Refused { why, .. }) = delivered.refused.first() {
        reach.next = Some(Next {
            at: again_at,
            why: why.clone(),
        });
    }
    // Whether somebody else was reached is no reason to message these again.
    cards.retain(|card| card.state == MessageState::NotReached);
    for card in &mut cards {
        let is_refused = delivered.refused.iter().any(|refused| refused.card.id == card.id);
        let before = card.retry.filter(|_| !is_refused);
        card.retry = Some(Retry {
            at: before.map_or(again_at, |retry| retry.at),
            version: request.version,
        });
        card.channel = None;
        card.first_attempt_at = None;
    }
    tx.put_messages(&cards).await?;
    want(core, tx, &request, &news).await?;
    Ok(reach)
}

/// How many others could still answer, as far as Slack delivers messages to them.
fn others_in_reach(cards: &[Message], card: &Message, known: &BTreeSet<PersonId>) -> usize {
    let may_reach = |other: &&Message| match other.state {
        MessageState::Shown => true,
        // One that is being retried right now was refused before.
        MessageState::Wanted | MessageState::Sending => !known.contains(&other.person),
        MessageState::NotReached | MessageState::Dead => false,
    };
    cards
        .iter()
        .filter(|other| other.person != card.person)
        .filter(may_reach)
        .count()
}

/// Tells the alerts channel and the admins that a request reached nobody.
fn of_nobody(request: &Request, admins: &BTreeSet<PersonId>) -> impl Iterator<Item = News> {
    let notices = admins
        .iter()
        .map(|admin| News::to(admin, Surface::NoticeNotReached));
    [News::to(&request.requester, Surface::NotReachedAlarm)]
        .into_iter()
        .chain(notices)
}

async fn not_reached(
    core: &Core,
    tx: &mut Tx,
    job: &Job,
    request: &Request,
    card: &Message,
    why: &str,
    others: usize,
) -> Result<Event, UseCaseError> {
    let known = tx.people_by_id(std::slice::from_ref(&card.person)).await?;
    let person = known
        .first()
        .map(PersonFacts::from)
        .ok_or(UseCaseError::NoSuchPerson)?;
    let what = What::NotReached {
        person,
        slack_error: why.to_owned(),
        others: u64::try_from(others).unwrap_or(u64::MAX),
    };
    let about = facts_in(tx, request).await?;
    let origin = by_apono(&job.id);
    Ok(Event::new(
        core.now(),
        core.install.clone(),
        origin,
        Some(about),
        what,
    ))
}

/// Whether the trail says that the person could not be reached about this request.
pub(super) fn is_said(events: &[StoredEvent], person: &PersonId) -> bool {
    out_of_reach(events).any(|said| said == person)
}

fn out_of_reach(events: &[StoredEvent]) -> impl Iterator<Item = &PersonId> {
    events.iter().filter_map(|stored| match &stored.event.what {
        What::NotReached { person, .. } => Some(&person.id),
        _ => None,
    })
}
