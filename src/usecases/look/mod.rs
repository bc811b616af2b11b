//! Reading: everything that a card, a notice or a list says about a request, taken from committed data.

mod became;
mod beside;
mod reader;
mod view;

use crate::access::filter::Filter;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::audit::event::PersonFacts;
use crate::integrations::Guarantees;
use crate::store::{Extension, Page, Paged, ReadPeople, StoredEvent};

use super::{Core, UseCaseError, extend};
use reader::reader_of;

pub use became::{Answered, Became, became};
pub use beside::{Beside, beside};
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

/// A request as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub request: Request,
    pub grantee: PersonFacts,
    /// What the target has or had of it.
    pub grant: Option<Grant>,
    /// Whether the grantee may extend it, as far as the config alone can tell.
    pub may_extend: bool,
    /// What the kind of its integration promises, if it was granted.
    pub guarantees: Option<Guarantees>,
}

/// Live access, newest first: everybody's for readers of everything, their own for others.
pub async fn live(
    core: &Core,
    reader: &Reader,
    filter: &Filter,
    page: Page,
    limit: u64,
) -> Result<Paged<Listed>, UseCaseError> {
    let found = core.store.with_live_access(reader, filter, page, limit).await?;
    listed(core, found).await
}

/// Requests in any state, newest first: everybody's for readers of everything, their own for others.
pub async fn log(
    core: &Core,
    reader: &Reader,
    filter: &Filter,
    page: Page,
    limit: u64,
) -> Result<Paged<Listed>, UseCaseError> {
    let found = core.store.requests_like(reader, filter, page, limit).await?;
    listed(core, found).await
}

async fn listed(core: &Core, found: Paged<Request>) -> Result<Paged<Listed>, UseCaseError> {
    let requests: Vec<RequestId> = found.items.iter().map(|request| request.id.clone()).collect();
    let grants = core.store.grants_of(&requests).await?;
    let extensions = core.store.extensions_of(&requests).await?;
    let grantees: Vec<PersonId> = found
        .items
        .iter()
        .map(|request| request.grantee.clone())
        .collect();
    let people = core.store.people_by_id(&grantees).await?;
    let (policy, integrations) = (core.policy(), core.integrations());
    let Paged { items, newer, older } = found;
    let items = items.into_iter().filter_map(|request| {
        let grantee = people.iter().find(|person| person.id == request.grantee)?;
        let grantee = PersonFacts::from(grantee);
        let own: Vec<Extension> = extensions
            .iter()
            .filter(|extension| extension.request == request.id)
            .cloned()
            .collect();
        let grant = grants.iter().find(|grant| grant.request == request.id).cloned();
        Some(Listed {
            may_extend: extend::on_offer(&policy, &request, &grantee, &own).is_some(),
            guarantees: grant
                .as_ref()
                .and_then(|grant| integrations.for_granted(&grant.granted).ok())
                .map(|integration| integration.guarantees()),
            grant,
            grantee,
            request,
        })
    });
    Ok(Paged {
        items: items.collect(),
        newer,
        older,
    })
}

/// Something that waits for somebody's answer.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub view: RequestView,
    /// The number of its extension; 0 for the request itself.
    pub extension: i64,
}

/// What the reader was asked to answer and nobody has answered yet, oldest first: `most` of them after the first `from`, and how
/// many there are in all.
pub async fn waiting(
    core: &Core,
    reader: &Reader,
    from: usize,
    most: usize,
) -> Result<(Vec<Waiting>, usize), UseCaseError> {
    let Some(person) = reader.person() else {
        return Ok((Vec::new(), 0));
    };
    let found = core.store.unanswered_by(person).await?;
    let all = found.len();
    let mut waiting = Vec::new();
    for one in found.into_iter().skip(from).take(most) {
        if let Some(view) = view(core, &one.request).await? {
            waiting.push(Waiting {
                view,
                extension: one.extension,
            });
        }
    }
    Ok((waiting, all))
}
