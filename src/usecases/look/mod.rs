//! Reading: everything that a card, a notice or a list says about a request, taken from what is committed.

mod view;

use crate::access::forbidden::Forbidden;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::Request;
use crate::audit::event::PersonFacts;
use crate::store::{Page, Paged, ReadMessages, ReadPeople, StoreError, StoredEvent};

use super::{Core, UseCaseError};

pub use view::{DecisionView, ExtensionView, NotReached, RequestView, view, view_with};

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
        return Err(Forbidden::NotYours.into());
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
