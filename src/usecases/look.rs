//! Reading: everything that a card, a notice or a list says about a request, taken from what is committed.

use std::time::Duration;

use crate::access::flows::Extensions;
use crate::access::ids::{PersonId, RequestId, RequestNumber, TextId};
use crate::access::people::{Because, Person};
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::integrations::Guarantees;
use crate::store::{
    DecisionVerdict, Extension, Grant, JobKind, Message, MessageState, Page, Paged, StoreError, StoredEvent,
    Surface,
};

use super::facts::stored_facts;
use super::granting::{self, HeldUp};
use super::not_reached::is_said;
use super::{Core, UseCaseError, extend};

/// A request as people see it.
#[derive(Clone, Debug)]
pub struct RequestView {
    pub request: Request,
    pub about: RequestFacts,
    /// In the requester's own words; `None` once redacted.
    pub justification: Option<String>,
    pub decisions: Vec<DecisionView>,
    pub grant: Option<Grant>,
    /// Why the access could not be ended at the last try; `None` if it is not being ended, or was not tried yet.
    pub not_ended: Option<String>,
    /// Whom it did not reach while it waits for an answer.
    pub not_reached: NotReached,
    /// Why nothing is granted on the integration now.
    pub held_up: Option<HeldUp>,
    /// In the order they were asked for, whatever became of them.
    pub extensions: Vec<ExtensionView>,
    /// How long it was asked for, without what was added later.
    pub at_first: Duration,
    /// What may be added now, as far as the config alone can say it.
    pub more: Option<Extensions>,
    /// What the integration's kind promises; `None` if nothing was granted and the integration is gone from the config.
    pub guarantees: Option<Guarantees>,
}

/// People who could answer and for whom Slack takes no message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotReached {
    /// By name.
    pub people: Vec<String>,
    /// Nobody else was asked.
    pub nobody_else: bool,
}

/// One answer, with the approver's name.
#[derive(Clone, Debug)]
pub struct DecisionView {
    pub by: PersonFacts,
    pub verdict: DecisionVerdict,
    pub decided_as: Because,
    pub reason: Option<String>,
    pub at: Timestamp,
    pub counts: bool,
}

/// One extension, with its people's names and words.
#[derive(Clone, Debug)]
pub struct ExtensionView {
    pub extension: Extension,
    pub asked_by: PersonFacts,
    pub words: Option<String>,
    pub decided_by: Option<PersonFacts>,
    pub reason: Option<String>,
}

/// Everything there is to show about a request.
pub async fn view(core: &Core, id: &RequestId) -> Result<Option<RequestView>, UseCaseError> {
    let Some(request) = core.store.request(id).await? else {
        return Ok(None);
    };
    let about = stored_facts(&core.store, &request).await?;
    let decisions = core.store.decisions(id).await?;
    let deciders: Vec<PersonId> = decisions.iter().map(|decision| decision.person.clone()).collect();
    let people = core.store.people_by_id(&deciders).await?;
    let mut texts: Vec<TextId> = decisions
        .iter()
        .filter_map(|decision| decision.reason.clone())
        .collect();
    texts.push(request.justification.clone());
    let words = core.store.words(&texts).await?;
    let decisions = decisions.into_iter().filter_map(|decision| {
        let by = people.iter().find(|person| person.id == decision.person)?;
        Some(DecisionView {
            by: by.into(),
            verdict: decision.verdict,
            decided_as: decision.decided_as,
            reason: decision.reason.and_then(|id| words.get(&id).cloned()),
            at: decision.decided_at,
            counts: decision.counts,
        })
    });
    let decisions = decisions.collect();
    let grant = core.store.grant(id).await?;
    let not_ended = match request.state {
        State::Revoking(_) => {
            let revoke = core.store.job(JobKind::Revoke, id.as_str()).await?;
            revoke.and_then(|job| job.last_error)
        }
        State::Pending
        | State::Approved
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => None,
    };
    let integrations = core.integrations();
    let integration = match &grant {
        Some(grant) => integrations.for_granted(&grant.granted).ok(),
        None => integrations.get(&request.integration).cloned(),
    };
    let guarantees = integration.map(|integration| integration.guarantees());
    let justification = words.get(&request.justification).cloned();
    let stored = core.store.extensions(id).await?;
    let more = extend::on_offer(&core.policy(), &request, &about.requester, &stored);
    Ok(Some(RequestView {
        not_reached: not_reached(core, &request).await?,
        held_up: granting::held_up(core, &request.integration).await?,
        at_first: extend::asked_at_first(&request, &stored),
        request,
        about,
        justification,
        decisions,
        grant,
        not_ended,
        extensions: extension_views(core, stored).await?,
        more,
        guarantees,
    }))
}

async fn not_reached(core: &Core, request: &Request) -> Result<NotReached, StoreError> {
    if request.state != State::Pending {
        return Ok(NotReached::default());
    }
    let mut cards = core.store.messages_of(&request.id).await?;
    cards.retain(|card| card.surface == Surface::ApproverCard && card.state != MessageState::Dead);
    if cards.iter().all(|card| card.state == MessageState::Shown) {
        return Ok(NotReached::default());
    }
    let events = core.store.events_of(&request.id).await?;
    // One that is tried again just now was refused before.
    let is_out_of_reach =
        |card: &&Message| card.state != MessageState::Shown && is_said(&events, &card.person);
    let ids: Vec<PersonId> = cards
        .iter()
        .filter(is_out_of_reach)
        .map(|card| card.person.clone())
        .collect();
    let people = core.store.people_by_id(&ids).await?;
    Ok(NotReached {
        nobody_else: !ids.is_empty() && cards.iter().all(|card| ids.contains(&card.person)),
        people: people
            .iter()
            .map(|person| PersonFacts::from(person).named())
            .collect(),
    })
}

async fn extension_views(core: &Core, stored: Vec<Extension>) -> Result<Vec<ExtensionView>, StoreError> {
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let decider = |extension: &Extension| extension.decided_by.as_ref().map(|(person, _)| person.clone());
    let ids: Vec<PersonId> = stored
        .iter()
        .flat_map(|extension| [Some(extension.asked_by.clone()), decider(extension)])
        .flatten()
        .collect();
    let people = core.store.people_by_id(&ids).await?;
    let texts: Vec<TextId> = stored
        .iter()
        .flat_map(|extension| [extension.words.clone(), extension.reason.clone()])
        .flatten()
        .collect();
    let words = core.store.words(&texts).await?;
    let facts = |id: &PersonId| {
        people
            .iter()
            .find(|person| person.id == *id)
            .map(PersonFacts::from)
    };
    let text = |id: &Option<TextId>| id.as_ref().and_then(|id| words.get(id).cloned());
    let views = stored.into_iter().filter_map(|extension| {
        Some(ExtensionView {
            asked_by: facts(&extension.asked_by)?,
            words: text(&extension.words),
            decided_by: decider(&extension).and_then(|id| facts(&id)),
            reason: text(&extension.reason),
            extension,
        })
    });
    Ok(views.collect())
}

/// One request with its latest events, for whoever may see it.
pub async fn show(
    core: &Core,
    viewer: &Person,
    number: RequestNumber,
    limit: u64,
) -> Result<(RequestView, Paged<StoredEvent>), UseCaseError> {
    let request = core
        .store
        .request_by_number(number)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    let events = history(core, viewer, &request, Page::First, limit).await?;
    let view = view(core, &request.id)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    Ok((view, events))
}

/// What happened to a request, the latest first, for whoever may see it.
pub async fn history(
    core: &Core,
    viewer: &Person,
    request: &Request,
    page: Page,
    limit: u64,
) -> Result<Paged<StoredEvent>, UseCaseError> {
    if !may_see(core, viewer, request).await? {
        return Err(UseCaseError::NotYours);
    }
    Ok(core.store.history_of(&request.id, page, limit).await?)
}

/// The requests of a person, as requester or grantee, newest first.
pub async fn mine(
    core: &Core,
    person: &Person,
    page: Page,
    limit: u64,
) -> Result<Paged<Request>, UseCaseError> {
    Ok(core.store.requests_of(&person.id, page, limit).await?)
}

/// Access that is live, or is just being taken away.
#[derive(Clone, Debug)]
pub struct Live {
    pub request: Request,
    pub grantee: PersonFacts,
    pub grant: Grant,
}

/// Whether somebody sees everybody's access or their own.
pub fn sees_all(core: &Core, viewer: &Person) -> bool {
    let policy = core.policy();
    policy.is_admin(viewer) || policy.is_auditor(viewer)
}

/// Live access, newest first: everybody's for admins and auditors, one's own for others.
pub async fn live(core: &Core, viewer: &Person, page: Page, limit: u64) -> Result<Paged<Live>, UseCaseError> {
    let whose = (!sees_all(core, viewer)).then_some(&viewer.id);
    let found = core.store.with_live_access(whose, page, limit).await?;
    let requests: Vec<RequestId> = found.items.iter().map(|request| request.id.clone()).collect();
    let grants = core.store.grants_of(&requests).await?;
    let grantees: Vec<PersonId> = found
        .items
        .iter()
        .map(|request| request.grantee.clone())
        .collect();
    let people = core.store.people_by_id(&grantees).await?;
    let Paged { items, newer, older } = found;
    let items = items.into_iter().filter_map(|request| {
        Some(Live {
            grantee: people
                .iter()
                .find(|person| person.id == request.grantee)
                .map(PersonFacts::from)?,
            grant: grants.iter().find(|grant| grant.request == request.id).cloned()?,
            request,
        })
    });
    Ok(Paged {
        items: items.collect(),
        newer,
        older,
    })
}

/// Requester, grantee, whoever was asked to decide, admins and auditors.
async fn may_see(core: &Core, viewer: &Person, request: &Request) -> Result<bool, StoreError> {
    let policy = core.policy();
    if viewer.id == request.requester || viewer.id == request.grantee {
        return Ok(true);
    }
    if policy.is_admin(viewer) || policy.is_auditor(viewer) {
        return Ok(true);
    }
    let messages = core.store.messages_of(&request.id).await?;
    Ok(messages.iter().any(|message| message.person == viewer.id))
}
