//! Reading: everything that a card, a notice or a list says about a request, taken from committed data.

mod became;
mod beside;
mod people;
mod reader;
mod view;
mod waiting;

use crate::access::filter::Filter;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::reader::Reader;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::access::usage::Usage;
use crate::audit::event::{Origin, PersonFacts};
use crate::integrations::Guarantees;
use crate::store::{By, Extension, Found, Grouped, Page, Paged, ReadPeople, Stamps, StoredEvent};

use super::{Core, UseCaseError, extend};
use reader::reader_of;

pub use became::{Answered, Became, became, extension_answered};
pub use beside::{Beside, beside};
pub use people::{People, PeoplePage, SoughtPeople, people, people_called};
pub use reader::Onlooker;
pub use view::{DecisionView, ExtensionView, NotReached, RequestView, view, view_with};
pub use waiting::{Waiting, facts_around, unanswered, waiting, waiting_about, waiting_for, who_may_answer};

/// One request with its latest events, if they may read it.
pub async fn show(
    core: &Core,
    onlooker: &Onlooker,
    number: RequestNumber,
    limit: u64,
    origin: Origin,
) -> Result<(RequestView, Paged<StoredEvent>), UseCaseError> {
    let request = by_number(core, number).await?;
    let reader = onlooker.reader_of(core, &request, origin).await?;
    let events = history(core, &reader, &request, Page::First, limit).await?;
    let view = view(core, &request.id)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?;
    Ok((view, events))
}

/// A request that they may read, for what they do about it: nothing of it is shown.
pub async fn readable(
    core: &Core,
    onlooker: &Onlooker,
    number: RequestNumber,
) -> Result<Request, UseCaseError> {
    let request = by_number(core, number).await?;
    onlooker.may_read(core, &request).await?;
    Ok(request)
}

async fn by_number(core: &Core, number: RequestNumber) -> Result<Request, UseCaseError> {
    let found = core.store.request_by_number(number).await?;
    found.ok_or(UseCaseError::NoSuchRequest)
}

/// What happened to a request, latest first, as far as `reader` may read it.
pub async fn history(
    core: &Core,
    reader: &Reader,
    request: &Request,
    page: Page,
    limit: u64,
) -> Result<Paged<StoredEvent>, UseCaseError> {
    Ok(core.store.history_of(reader, request, page, limit).await?)
}

/// The requests by or for the reader, newest first.
pub async fn mine(
    core: &Core,
    reader: &Reader,
    page: Page,
    limit: u64,
) -> Result<Paged<Request>, UseCaseError> {
    let own = Filter {
        person: reader.person().cloned(),
        ..Filter::default()
    };
    let found = core.store.requests_like(reader, &own, page, limit).await?;
    Ok(found.map(|found| found.request))
}

/// A request as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub request: Request,
    pub requester: PersonFacts,
    pub grantee: PersonFacts,
    /// Who decided it, as far as that counts.
    pub approvers: Vec<PersonFacts>,
    /// When and how it was decided, and when its access began and ended.
    pub became: Stamps,
    /// What the target has or had of it.
    pub grant: Option<Grant>,
    /// How it was used, as far as anything tells that.
    pub usage: Option<Usage>,
    /// What it is for, if that was not blanked.
    pub justification: Option<String>,
    /// Whether the grantee may extend it, as far as the config alone can tell.
    pub may_extend: bool,
    /// What the kind of its integration promises, if it was granted.
    pub guarantees: Option<Guarantees>,
}

impl Listed {
    /// See [`Stamps::since`].
    pub fn since(&self) -> Timestamp {
        self.became.since(&self.request)
    }
}

/// Live access, newest first: everybody's for readers of everything, their own for others.
pub async fn live(
    core: &Core,
    reader: &Reader,
    filter: &Filter,
    page: Page,
    limit: u64,
) -> Result<Paged<Listed>, UseCaseError> {
    match filter.of_live() {
        Some(live) => log(core, reader, &live, page, limit).await,
        None => Ok(Paged::empty()),
    }
}

/// Access that should be gone and is not, newest first: everybody's for readers of everything, their own for others.
pub async fn overdue(core: &Core, reader: &Reader, filter: &Filter) -> Result<Paged<Listed>, UseCaseError> {
    let found = core.store.overdue_like(reader, filter, core.now()).await?;
    let all = Paged {
        items: found,
        ..Paged::empty()
    };
    listed(core, all).await
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

/// How much live access is counted in groups; more than any house has.
pub const MOST_COUNTED: u64 = 5_000;

/// Live access in groups, as far as the reader may see it.
pub async fn grouped_live(
    core: &Core,
    reader: &Reader,
    filter: &Filter,
    by: By,
) -> Result<Grouped, UseCaseError> {
    match filter.of_live() {
        Some(live) => grouped(core, reader, &live, by).await,
        None => Ok(Grouped::default()),
    }
}

/// Requests in any state in groups.
pub async fn grouped(core: &Core, reader: &Reader, filter: &Filter, by: By) -> Result<Grouped, UseCaseError> {
    Ok(core.store.grouped(reader, filter, by, MOST_COUNTED).await?)
}

/// The requests with these numbers that the reader may read, newest first.
pub async fn numbered(
    core: &Core,
    reader: &Reader,
    numbers: &[RequestNumber],
) -> Result<Vec<Listed>, UseCaseError> {
    let all = Paged {
        items: core.store.requests_numbered(numbers).await?,
        ..Paged::empty()
    };
    Ok(listed(core, those_readable(core, reader, all).await?)
        .await?
        .items)
}

/// What the reader decided, newest first, as far as they were asked to. A page may have fewer than `limit`.
pub async fn decided_by(
    core: &Core,
    reader: &Reader,
    page: Page,
    limit: u64,
) -> Result<Paged<Listed>, UseCaseError> {
    let Some(person) = reader.person() else {
        return Ok(Paged::empty());
    };
    let theirs = Filter {
        approver: Some(person.clone()),
        ..Filter::default()
    };
    // Most are others' requests, which no list of theirs has. Each is checked.
    let found = core
        .store
        .requests_like(&Reader::operator(), &theirs, page, limit)
        .await?;
    listed(core, those_readable(core, reader, found).await?).await
}

/// Those that the reader may read.
async fn those_readable(
    core: &Core,
    reader: &Reader,
    found: Paged<Found>,
) -> Result<Paged<Found>, UseCaseError> {
    let Paged { items, newer, older } = found;
    let mut all = Paged {
        items: Vec::new(),
        newer,
        older,
    };
    for one in items {
        match reader_of(core, reader, &one.request).await {
            Ok(_) => all.items.push(one),
            Err(UseCaseError::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// How many requests these are, if they are at most `most`: lists say "50 of more than 1,000".
pub async fn at_most(
    core: &Core,
    reader: &Reader,
    filter: &Filter,
    most: u64,
) -> Result<Option<u64>, UseCaseError> {
    Ok(core.store.requests_at_most(reader, filter, most).await?)
}

async fn listed(core: &Core, found: Paged<Found>) -> Result<Paged<Listed>, UseCaseError> {
    let requests: Vec<RequestId> = found.items.iter().map(|found| found.request.id.clone()).collect();
    let grants = core.store.grants_of(&requests).await?;
    let extensions = core.store.extensions_of(&requests).await?;
    let mut usages = core.store.usages_of(&requests).await?;
    let texts = found
        .items
        .iter()
        .map(|found| found.request.justification.clone());
    let words = core.store.words(&texts.collect::<Vec<_>>()).await?;
    let mut ids: Vec<PersonId> = Vec::new();
    for Found { request, answers, .. } in &found.items {
        ids.extend(
            [&request.requester, &request.grantee]
                .into_iter()
                .chain(answers.iter().map(|answer| &answer.by))
                .cloned(),
        );
    }
    ids.sort();
    ids.dedup();
    let people = core.store.people_by_id(&ids).await?;
    let person = |id: &PersonId| {
        people
            .iter()
            .find(|person| person.id == *id)
            .map(PersonFacts::from)
    };
    let (policy, integrations) = (core.policy(), core.integrations());
    let Paged { items, newer, older } = found;
    let items = items.into_iter().filter_map(|found| {
        let request = found.request;
        let grantee = person(&request.grantee)?;
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
            usage: usages.remove(&request.id),
            justification: words.get(&request.justification).cloned(),
            requester: person(&request.requester)?,
            grantee,
            approvers: found
                .answers
                .iter()
                .filter_map(|answer| person(&answer.by))
                .collect(),
            became: found.became,
            request,
        })
    });
    Ok(Paged {
        items: items.collect(),
        newer,
        older,
    })
}
