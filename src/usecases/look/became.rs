//! What became of a request before somebody's act on it arrived.

use crate::access::extension::ExtensionState;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::audit::event::PersonFacts;
use crate::store::{
    DecisionVerdict, ReadDecisions, ReadExtensions, ReadMessages, ReadPeople, StoreError, Surface,
};

use super::super::Core;

/// The state that an act did not fit.
#[derive(Clone, Debug)]
pub struct Became {
    pub number: RequestNumber,
    pub state: State,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Who had answered it, and when, if the person who acted was asked to answer it as well.
    pub answered: Option<Answered>,
}

/// The answer that counted.
#[derive(Clone, Debug)]
pub struct Answered {
    pub verdict: DecisionVerdict,
    /// `None` if it was the person themselves.
    pub by: Option<PersonFacts>,
    pub at: Timestamp,
}

/// What became of `request`. `reader` is who tried to answer it, if that is what they tried.
pub async fn became(
    core: &Core,
    request: &RequestId,
    reader: Option<&Person>,
) -> Result<Option<Became>, StoreError> {
    let Some(found) = core.store.request(request).await? else {
        return Ok(None);
    };
    let answered = match reader {
        Some(reader) => answered(core, request, reader).await?,
        None => None,
    };
    Ok(Some(Became {
        number: found.number,
        state: found.state,
        since: found.changed_at,
        answered,
    }))
}

/// The number of the request and the answer to its extension at `position`, if `reader` was asked to answer it and somebody did.
pub async fn extension_answered(
    core: &Core,
    request: &RequestId,
    position: i64,
    reader: &Person,
) -> Result<Option<(RequestNumber, Answered)>, StoreError> {
    if !was_asked(core, request, (Surface::ExtensionCard, position), reader).await? {
        return Ok(None);
    }
    let Some(found) = core.store.request(request).await? else {
        return Ok(None);
    };
    let extensions = core.store.extensions(request).await?;
    let extension = extensions.into_iter().find(|other| other.position == position);
    let Some(extension) = extension else {
        return Ok(None);
    };
    let (Some((person, _)), Some(at)) = (extension.decided_by, extension.decided_at) else {
        return Ok(None);
    };
    let verdict = match extension.state {
        ExtensionState::Rejected => DecisionVerdict::Reject,
        ExtensionState::OnItsWay | ExtensionState::Applied | ExtensionState::Failed => {
            DecisionVerdict::Approve
        }
        ExtensionState::Pending | ExtensionState::Lapsed => return Ok(None),
    };
    let by = other(core, &person, reader).await?;
    Ok(Some((found.number, Answered { verdict, by, at })))
}

async fn answered(core: &Core, request: &RequestId, reader: &Person) -> Result<Option<Answered>, StoreError> {
    if !was_asked(core, request, (Surface::ApproverCard, 0), reader).await? {
        return Ok(None);
    }
    let decisions = core.store.decisions(request).await?;
    let Some(decision) = decisions.into_iter().rev().find(|decision| decision.counts) else {
        return Ok(None);
    };
    Ok(Some(Answered {
        verdict: decision.verdict,
        by: other(core, &decision.person, reader).await?,
        at: decision.decided_at,
    }))
}

async fn was_asked(
    core: &Core,
    request: &RequestId,
    (surface, extension): (Surface, i64),
    reader: &Person,
) -> Result<bool, StoreError> {
    let messages = core.store.messages_of(request).await?;
    Ok(messages.iter().any(|message| {
        message.surface == surface && message.extension == extension && message.person == reader.id
    }))
}

/// `person`, unless that is the reader.
async fn other(core: &Core, person: &PersonId, reader: &Person) -> Result<Option<PersonFacts>, StoreError> {
    if *person == reader.id {
        return Ok(None);
    }
    let known = core.store.people_by_id(std::slice::from_ref(person)).await?;
    Ok(known.first().map(PersonFacts::from))
}
