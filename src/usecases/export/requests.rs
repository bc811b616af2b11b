//! Requests as rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use parking_lot::Mutex;

use crate::access::filter::Filter;
use crate::access::ids::{PersonId, RequestNumber, TextId};
use crate::access::request::{RevokeCause, State};
use crate::access::time::Timestamp;
use crate::audit::exported::Format;
use crate::store::{Found, KnownPerson, Page, ReadPeople, Store, StoreError};

use super::columns::Row;
use super::{At, Begun, Job, Part, Wanted, csv, html};

/// Requests read at once.
const PAGE: u64 = 1_000;

/// The rows of a page; the first one begins with the head of the file.
pub(super) async fn page(job: &Arc<Job>, page: Page) -> Result<Begun, StoreError> {
    let found = job
        .store
        .numbers_like(&job.reader, &within(&job.wanted), page, PAGE)
        .await?;
    let next = match found.items.last() {
        Some(last) if found.older => At::Request(*last),
        Some(_) | None => At::End,
    };
    Ok((written(Arc::clone(job), page, found.items).boxed(), next))
}

async fn written(job: Arc<Job>, page: Page, numbers: Vec<RequestNumber>) -> Result<Part, StoreError> {
    let found = job.store.requests_numbered(&numbers).await?;
    let rows = rows(&job, found).await?;
    let wanted = &job.wanted;
    let names = || wanted.columns.iter().map(|column| column.name());
    let cells = rows.iter().map(|row| row.csv(&wanted.columns));
    let mut on_paper = Vec::new();
    let (head, lines) = match wanted.format {
        Format::Csv => (csv::head(names()), csv::lines(cells)),
        Format::Html => (html::head(wanted, names()), html::lines(cells)),
        Format::Pdf => {
            on_paper = cells.map(|row| row.map(Cow::into_owned).collect()).collect();
            (Vec::new(), Vec::new())
        }
        Format::Jsonl => {
            let line = |row: &Row| {
                let object = row.only(&wanted.columns);
                serde_json::to_string(&object).expect("texts and numbers are JSON") + "\n"
            };
            (
                Vec::new(),
                rows.iter().flat_map(|row| line(row).into_bytes()).collect(),
            )
        }
    };
    let bytes = match page {
        Page::First => [head, lines].concat(),
        Page::Before(_) | Page::After(_) => lines,
    };
    Ok(Part {
        bytes,
        rows: rows.len() as u64,
        made: rows.iter().map(Row::made_at).collect(),
        cells: on_paper,
    })
}

/// The filter, within the span.
fn within(wanted: &Wanted) -> Filter {
    let Wanted { filter, span, .. } = wanted;
    let later = |one: Option<Timestamp>, other: Option<Timestamp>| one.max(other);
    let earlier = |one: Option<Timestamp>, other: Option<Timestamp>| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Filter {
        from: later(filter.from, span.from),
        to: earlier(filter.to, span.to),
        ..filter.clone()
    }
}

/// Everybody who was read so far: the same people stand in most pages.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<PersonId, Arc<KnownPerson>>>);

impl Names {
    async fn of(
        &self,
        store: &Store,
        ids: Vec<PersonId>,
    ) -> Result<HashMap<PersonId, Arc<KnownPerson>>, StoreError> {
        let unknown: Vec<PersonId> = {
            let read = self.0.lock();
            ids.iter().filter(|id| !read.contains_key(id)).cloned().collect()
        };
        let found = store.people_by_id(&unknown).await?;
        let mut read = self.0.lock();
        read.extend(
            found
                .into_iter()
                .map(|person| (person.id.clone(), Arc::new(person))),
        );
        Ok(ids
            .into_iter()
            .filter_map(|id| {
                let person = Arc::clone(read.get(&id)?);
                Some((id, person))
            })
            .collect())
    }
}

async fn rows(job: &Job, found: Vec<Found>) -> Result<Vec<Row>, StoreError> {
    let requests = || found.iter().map(|found| &found.request);
    let ids: Vec<&str> = requests().map(|request| request.id.as_str()).collect();
    let by_people = requests().filter(|request| can_be_ended_by_somebody(request.state));
    let by_people: Vec<&str> = by_people.map(|request| request.id.as_str()).collect();
    let mut further = job.store.further(&ids, &by_people).await?;
    let answers = || found.iter().flat_map(|found| &found.answers);
    let mut people: Vec<PersonId> = requests()
        .flat_map(|request| [&request.requester, &request.grantee])
        .chain(answers().map(|answer| &answer.by))
        .cloned()
        .collect();
    people.sort();
    people.dedup();
    let people = job.names.of(&job.store, people).await?;
    let reasons = answers().filter_map(|answer| answer.reason.as_ref());
    let ended = further.values().filter_map(|further| further.ended.as_ref());
    let texts: Vec<TextId> = requests()
        .map(|request| &request.justification)
        .chain(reasons)
        .chain(ended.filter_map(|ended| ended.reason.as_ref()))
        .cloned()
        .collect();
    let words = job.store.words(&texts).await?;
    let person = |id: &PersonId| people.get(id).map(Arc::clone);
    let rows = found.into_iter().map(|found| {
        let further = further.remove(&found.request.id).unwrap_or_default();
        let reasons = found.answers.iter().map(|answer| {
            let reason = answer.reason.as_ref().and_then(|reason| words.get(reason));
            reason.cloned().unwrap_or_default()
        });
        let mut reasons: Vec<String> = reasons.collect();
        if reasons.iter().all(String::is_empty) {
            reasons.clear();
        }
        let ended = further.ended.as_ref().and_then(|ended| ended.reason.as_ref());
        Row {
            requester: person(&found.request.requester),
            grantee: person(&found.request.grantee),
            approvers: found.answers.iter().map(|answer| person(&answer.by)).collect(),
            justification: words.get(&found.request.justification).cloned(),
            approver_reasons: reasons,
            ended_reason: ended.and_then(|reason| words.get(reason).cloned()),
            found,
            further,
        }
    });
    Ok(rows.collect())
}

/// Whether a person can have ended it, or withdrawn it.
const fn can_be_ended_by_somebody(state: State) -> bool {
    match state {
        State::Revoking(cause) | State::Revoked(cause) => match cause {
            RevokeCause::TimeOver | RevokeCause::Undo(_) => false,
            RevokeCause::GivenBack
            | RevokeCause::ByAdmin
            | RevokeCause::ByApprover
            | RevokeCause::Left
            | RevokeCause::Blocked
            | RevokeCause::Changed
            | RevokeCause::SelfApproved
            | RevokeCause::Reviewed => true,
        },
        State::Cancelled => true,
        State::Pending
        | State::Approved
        | State::Granted
        | State::Rejected(_)
        | State::Expired
        | State::Failed(_) => false,
    }
}
