//! Slack messages that a request wants: made in the transaction that makes them true, delivered later.

use std::time::Duration;

use crate::access::ids::PersonId;
use crate::access::request::{Request, RevokeCause, State};
use crate::store::{JobKind, JobSpec, Message, MessageState, StoreError, Surface, Tx};

use super::Core;

/// Behind the cards that are there already: a decided card must lose its buttons before anybody is told anything new.
const NEW_MESSAGE: i64 = 10;

/// An alarm goes before all of them.
const ALARM: i64 = -10;

/// How long a card waits before it shows a state that mostly passes at once: the next one then takes its place.
const FLEETING: Duration = Duration::from_millis(500);

/// The same once the time is over: cards have said when that would be, and nobody waits for an answer to a click.
const ENDING: Duration = Duration::from_secs(5);

/// Wants one more message about `request` for `person`.
pub(crate) async fn want_message(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    person: &PersonId,
    surface: Surface,
) -> Result<(), StoreError> {
    want_message_about(core, tx, request, person, surface, 0).await?;
    Ok(())
}

/// The same, about its extension at this position, each of which has messages of its own; or the reminder of that number.
/// False, and nothing changes, if there is that message already.
pub(crate) async fn want_message_about(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    person: &PersonId,
    surface: Surface,
    extension: i64,
) -> Result<bool, StoreError> {
    let message = Message {
        id: core.new_id(),
        request: request.id.clone(),
        person: person.clone(),
        surface,
        extension,
        generation: 1,
        channel: None,
        ts: None,
        shown_version: None,
        state: MessageState::Wanted,
        first_attempt_at: None,
    };
    if !tx.want_message(&message).await? {
        return Ok(false);
    }
    let spec = JobSpec {
        priority: if surface.is_alarm() { ALARM } else { NEW_MESSAGE },
        ..JobSpec::at(JobKind::Message, &message.id, core.now())
    };
    tx.schedule(&spec).await?;
    Ok(true)
}

/// Has every card of `request` shown anew; those for whom nothing changed notice it by their version.
pub(crate) async fn refresh_cards(core: &Core, tx: &mut Tx, request: &Request) -> Result<(), StoreError> {
    let at = match request.state {
        State::Revoking(RevokeCause::TimeOver) => core.now().plus(ENDING),
        State::Approved | State::Revoking(_) => core.now().plus(FLEETING),
        State::Pending
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => core.now(),
    };
    for message in tx.messages_of(&request.id).await? {
        if message.surface.is_card() {
            tx.schedule(&JobSpec::at(JobKind::Message, &message.id, at))
                .await?;
        }
    }
    Ok(())
}
