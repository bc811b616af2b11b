//! Requests as rows.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use parking_lot::Mutex;
use serde::Serialize;

use crate::access::filter::{DecidedBy, Filter};
use crate::access::ids::{PersonId, RequestNumber, TextId};
use crate::access::request::{RejectCause, State};
use crate::access::time::Timestamp;
use crate::access::usage::Used;
use crate::audit::exported::Format;
use crate::store::{Found, KnownPerson, Page, ReadPeople, Store, StoreError};

use super::{At, Begun, Job, Wanted, csv};

/// Requests read at once.
const PAGE: u64 = 1_000;

const COLUMNS: [&str; 27] = [
    "request",
    "status",
    "reason",
    "created_at",
    "decided_at",
    "decided_by",
    "approvers",
    "rejected_by",
    "granted_at",
    "granted_until",
    "ended_at",
    "status_changed_at",
    "requester",
    "requester_email",
    "grantee",
    "grantee_email",
    "integration",
    "kind",
    "resource_type",
    "resources",
    "permissions",
    "flows",
    "requested_seconds",
    "justification",
    "used",
    "last_used",
    "policy_digest",
];

/// A request, as an object of JSON; a cell of CSV for each field.
#[derive(Serialize)]
struct Row {
    request: String,
    status: &'static str,
    reason: Option<&'static str>,
    created_at: String,
    decided_at: Option<String>,
    decided_by: Option<&'static str>,
    approvers: Vec<String>,
    rejected_by: Option<String>,
    granted_at: Option<String>,
    granted_until: Option<String>,
    ended_at: Option<String>,
    status_changed_at: String,
    requester: String,
    requester_email: Option<String>,
    grantee: String,
    grantee_email: Option<String>,
    integration: String,
    kind: String,
    resource_type: String,
    resources: Vec<String>,
    permissions: Vec<String>,
    flows: Vec<String>,
    requested_seconds: u64,
    /// Absent if it was blanked.
    justification: Option<String>,
    used: Option<&'static str>,
    /// The last look at which there was a session.
    last_used: Option<String>,
    policy_digest: String,
}

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

async fn written(job: Arc<Job>, page: Page, numbers: Vec<RequestNumber>) -> Result<Vec<u8>, StoreError> {
    let found = job.store.requests_numbered(&numbers).await?;
    let rows = rows(&job, found).await?;
    Ok(match job.wanted.format {
        Format::Csv => {
            let lines = csv::lines(rows.into_iter().map(Row::cells));
            match page {
                Page::First => [csv::head(&COLUMNS), lines].concat(),
                Page::Before(_) | Page::After(_) => lines,
            }
        }
        Format::Jsonl => {
            let line = |row: &Row| serde_json::to_string(row).expect("texts and numbers are JSON") + "\n";
            rows.iter().flat_map(|row| line(row).into_bytes()).collect()
        }
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
    let mut ids: Vec<PersonId> = Vec::new();
    for Found {
        request, approvers, ..
    } in &found
    {
        ids.extend(
            [&request.requester, &request.grantee]
                .into_iter()
                .chain(approvers)
                .cloned(),
        );
    }
    ids.sort();
    ids.dedup();
    let people = job.names.of(&job.store, ids).await?;
    let texts: Vec<TextId> = found
        .iter()
        .map(|found| found.request.justification.clone())
        .collect();
    let mut words = job.store.words(&texts).await?;
    let name = |id: &PersonId| {
        people
            .get(id)
            .map(|person| person.name.clone())
            .unwrap_or_default()
    };
    let email = |id: &PersonId| people.get(id).and_then(|person| person.email.clone());
    let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let rows = found.into_iter().map(|mut found| {
        // The answer that rejects is the last one.
        let is_rejected = found.request.state == State::Rejected(RejectCause::ByApprover);
        let rejected_by = found.approvers.pop_if(|_| is_rejected);
        let Found {
            request,
            became,
            approvers,
            ..
        } = found;
        let (status, reason) = request.state.stored();
        Row {
            request: request.number.to_string(),
            status,
            reason,
            created_at: request.created_at.to_rfc3339(),
            decided_at: became.decided_at.map(Timestamp::to_rfc3339),
            decided_by: became.decided_by.map(DecidedBy::name),
            approvers: approvers.iter().map(name).collect(),
            rejected_by: rejected_by.as_ref().map(name),
            granted_at: became.granted_at.map(Timestamp::to_rfc3339),
            used: found.used.map(Used::name),
            last_used: found.last_used.map(Timestamp::to_rfc3339),
            granted_until: found.until.map(Timestamp::to_rfc3339),
            ended_at: became.ended_at.map(Timestamp::to_rfc3339),
            status_changed_at: became.since(&request).to_rfc3339(),
            requester: name(&request.requester),
            requester_email: email(&request.requester),
            grantee: name(&request.grantee),
            grantee_email: email(&request.grantee),
            resources: own(request.resources()),
            permissions: own(request.permissions()),
            justification: words.remove(&request.justification),
            integration: request.integration,
            kind: request.kind,
            resource_type: request.resource_type,
            flows: request.flows,
            requested_seconds: request.duration.as_secs(),
            policy_digest: request.policy_digest,
        }
    });
    Ok(rows.collect())
}

impl Row {
    fn cells(self) -> [String; COLUMNS.len()] {
        [
            self.request,
            self.status.to_owned(),
            self.reason.unwrap_or_default().to_owned(),
            self.created_at,
            self.decided_at.unwrap_or_default(),
            self.decided_by.unwrap_or_default().to_owned(),
            csv::list(&self.approvers),
            self.rejected_by.unwrap_or_default(),
            self.granted_at.unwrap_or_default(),
            self.granted_until.unwrap_or_default(),
            self.ended_at.unwrap_or_default(),
            self.status_changed_at,
            self.requester,
            self.requester_email.unwrap_or_default(),
            self.grantee,
            self.grantee_email.unwrap_or_default(),
            self.integration,
            self.kind,
            self.resource_type,
            csv::list(&self.resources),
            csv::list(&self.permissions),
            csv::list(&self.flows),
            self.requested_seconds.to_string(),
            self.justification.unwrap_or_default(),
            self.used.unwrap_or_default().to_owned(),
            self.last_used.unwrap_or_default(),
            self.policy_digest,
        ]
    }
}
