//! Reading: everything that a card, a notice or a list says about a request, taken from committed data.

mod became;
mod beside;
mod reader;
mod view;

use std::time::Duration;

use crate::access::filter::Filter;
use crate::access::flows::Policy;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::people::Facts;
use crate::access::policy::{Ask, Candidate, Moment, decide};
use crate::access::progress::progress;
use crate::access::reader::Reader;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::audit::event::PersonFacts;
use crate::integrations::Guarantees;
use crate::store::{Extension, Page, Paged, ReadPeople, StoredEvent, Unanswered};

use super::{Core, UseCaseError, extend};
use reader::reader_of;

pub use became::{Answered, Became, became, extension_answered};
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
            may_extend: request.state == State::Granted
                && extend::on_offer(&policy, &request, &grantee, &own).is_ok(),
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

/// `most` of what waits for somebody's answer, after the first `from`.
pub async fn waiting(
    core: &Core,
    unanswered: &[Unanswered],
    from: usize,
    most: usize,
) -> Result<Vec<Waiting>, UseCaseError> {
    let mut waiting = Vec::new();
    for one in unanswered.iter().skip(from).take(most) {
        if let Some(view) = view(core, &one.request.id).await? {
            waiting.push(Waiting {
                view,
                extension: one.extension,
            });
        }
    }
    Ok(waiting)
}

/// Who may answer `request`, which was originally requested for `at_first`, or an extension of it.
pub fn who_may_answer(
    policy: &Policy,
    facts: &Facts,
    request: &Request,
    at_first: Duration,
    now: Timestamp,
) -> Vec<Candidate> {
    let ask = Ask {
        duration: Some(at_first),
        ..Ask::of(request, Moment::Card)
    };
    match decide(policy, facts, &ask, now) {
        Ok(verdict) => progress(&verdict, &[]).candidates().to_vec(),
        Err(_) => Vec::new(),
    }
}
