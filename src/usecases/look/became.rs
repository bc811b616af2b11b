//! What became of a request before somebody's act on it arrived.

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::audit::event::PersonFacts;
use crate::store::{DecisionVerdict, ReadDecisions, ReadMessages, ReadPeople, StoreError, Surface};

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

async fn answered(core: &Core, request: &RequestId, reader: &Person) -> Result<Option<Answered>, StoreError> {
    let messages = core.store.messages_of(request).await?;
    let was_asked = messages
        .iter()
        .any(|message| message.surface == Surface::ApproverCard && message.person == reader.id);
    let decisions = core.store.decisions(request).await?;
    let Some(decision) = decisions
        .into_iter()
        .rev()
        .find(|decision| was_asked && decision.counts)
    else {
        return Ok(None);
    };
    let by = if decision.person == reader.id {
        None
    } else {
        let known = core
            .store
            .people_by_id(std::slice::from_ref(&decision.person))
            .await?;
        known.first().map(PersonFacts::from)
    };
    Ok(Some(Answered {
        verdict: decision.verdict,
        by,
        at: decision.decided_at,
    }))
}
