//! Reading: everything that a card, a notice or a list says about a request, taken from committed data.

mod reader;
mod view;

use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::audit::event::PersonFacts;
use crate::store::{Page, Paged, ReadPeople, StoredEvent};

use super::{Core, UseCaseError};
use reader::reader_of;

pub use reader::reader;
pub use view::{DecisionView, ExtensionView, NotReached, RequestView, view, view_with};

/// One request with its latest events, if `reader` may read it.
pub async fn show(
    core: &Core,
    reader: &Reader,
    number: RequestNumber,
    limit: u64,
) -> Result<(RequestView, Paged<StoredEvent>), UseCaseError> {
    let request = core
        .store
        .request_by_number(number)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    let events = history(core, reader, &request, Page::First, limit).await?;
    let view = view(core, &request.id)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    Ok((view, events))
}

/// What happened to a request, latest first, if `reader` may read it.
pub async fn history(
    core: &Core,
    reader: &Reader,
    request: &Request,
    page: Page,
    limit: u64,
) -> Result<Paged<StoredEvent>, UseCaseError> {
    let reader = reader_of(core, reader, request).await?;
    Ok(core.store.history_of(&reader, request, page, limit).await?)
}

/// The requests by or for the reader, newest first.
pub async fn mine(
    core: &Core,
    reader: &Reader,
    page: Page,
    limit: u64,
) -> Result<Paged<Request>, UseCaseError> {
    Ok(core.store.requests_of(reader, page, limit).await?)
}

/// Access that is live or being revoked.
#[derive(Clone, Debug)]
pub struct Live {
    pub request: Request,
    pub grantee: PersonFacts,
    pub grant: Grant,
}

/// Live access, newest first: everybody's for readers of everything, their own for others.
pub async fn live(core: &Core, reader: &Reader, page: Page, limit: u64) -> Result<Paged<Live>, UseCaseError> {
    let found = core.store.with_live_access(reader, page, limit).await?;
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
