//! Events of the trail as rows.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use futures_util::FutureExt;

use crate::access::filter::{Filter, Span};
use crate::access::ids::RequestId;
use crate::access::reader::Reader;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Event, PersonFacts};
use crate::audit::exported::Format;
use crate::audit::verify::Link;
use crate::store::StoreError;

use super::{At, Begun, Job, Part, csv, html};

/// Events read at once.
const PAGE: u64 = 1_000;

pub(super) const COLUMNS: [&str; 19] = [
    "seq",
    "time",
    "event",
    "request",
    "actor",
    "actor_email",
    "via",
    "requester",
    "requester_email",
    "grantee",
    "grantee_email",
    "integration",
    "resource_type",
    "resources",
    "permissions",
    "flows",
    "cause",
    "details",
    "hash",
];

/// The head of the file.
pub(super) async fn begin(job: &Job) -> Result<Begun, StoreError> {
    let Span { from, to } = job.wanted.span;
    let after = match from {
        Some(from) => job.store.last_event_before(from).await?,
        None => 0,
    };
    let last = match to {
        Some(to) => job.store.last_event_before(to).await?,
        None => u64::MAX,
    };
    let head = match job.wanted.format {
        Format::Csv => csv::head(COLUMNS),
        Format::Jsonl | Format::Pdf => Vec::new(),
        Format::Html => html::head(&job.wanted, COLUMNS),
    };
    let head = Part {
        bytes: head,
        ..Part::default()
    };
    Ok((async { Ok(head) }.boxed(), At::Event { after, last }))
}

/// The rows after an event, up to the `last` one at most.
pub(super) async fn page(job: &Arc<Job>, after: u64, last: u64) -> Result<Begun, StoreError> {
    let mut links = job.store.links_for(&job.reader, after, PAGE).await?;
    let next = match links.last() {
        Some(link) if links.len() as u64 == PAGE && link.seq < last => At::Event {
            after: link.seq,
            last,
        },
        Some(_) | None => At::End,
    };
    links.retain(|link| link.seq <= last);
    Ok((written(Arc::clone(job), links).boxed(), next))
}

async fn written(job: Arc<Job>, links: Vec<Link>) -> Result<Part, StoreError> {
    let narrows = narrows(&job.reader, &job.wanted.filter);
    // Only a few questions need to look inside.
    if job.wanted.format == Format::Jsonl && !narrows {
        let (bytes, rows) = (json_lines(links.iter()), links.len() as u64);
        return Ok(of_events(bytes, rows));
    }
    let unreadable = |link: &Link, error| StoreError::Inconsistent {
        table: "audit_event",
        id: link.seq.to_string(),
        what: format!("{error}"),
    };
    let mut rows = Vec::with_capacity(links.len());
    for link in &links {
        let event = Event::from_canonical(&link.payload).map_err(|error| unreadable(link, error))?;
        rows.push((link, event));
    }
    if narrows {
        let about = |event: &Event| event.request.as_ref().map(|request| request.id.clone());
        let asked: HashSet<RequestId> = rows.iter().filter_map(|(_, event)| about(event)).collect();
        let asked: Vec<RequestId> = asked.into_iter().collect();
        let let_through = job
            .store
            .let_through(&job.reader, &job.wanted.filter, &asked)
            .await?;
        rows.retain(|(_, event)| about(event).is_some_and(|request| let_through.contains(&request)));
    }
    let bytes = match job.wanted.format {
        Format::Csv => csv::lines(rows.iter().map(|(link, event)| cells(link, event))),
        Format::Jsonl => json_lines(rows.iter().map(|(link, _)| *link)),
        Format::Html => html::lines(rows.iter().map(|(link, event)| cells(link, event))),
        Format::Pdf => Vec::new(),
    };
    let on_paper = rows.iter().filter(|_| job.wanted.format == Format::Pdf);
    let on_paper = on_paper.map(|(link, event)| cells(link, event).map(Cow::into_owned).into());
    Ok(Part {
        cells: on_paper.collect(),
        ..of_events(bytes, rows.len() as u64)
    })
}

fn of_events(bytes: Vec<u8>, rows: u64) -> Part {
    Part {
        bytes,
        rows,
        ..Part::default()
    }
}

/// Whether some events are left out because of the requests they are about.
fn narrows(reader: &Reader, filter: &Filter) -> bool {
    !reader.reads_all() || *filter != Filter::default()
}

/// The events exactly as they were hashed, each with its place and its hash.
fn json_lines<'a>(links: impl Iterator<Item = &'a Link>) -> Vec<u8> {
    let line = |link: &Link| {
        format!(
            "{{\"seq\":{},\"hash\":\"{}\",\"event\":{}}}\n",
            link.seq, link.hash, link.payload
        )
    };
    links.flat_map(|link| line(link).into_bytes()).collect()
}

fn cells<'a>(link: &Link, event: &'a Event) -> [Cow<'a, str>; COLUMNS.len()] {
    let (actor, actor_email) = match &event.actor {
        Actor::Person(person) => (person.name.as_str(), email(person)),
        Actor::Apono => ("apono", ""),
        Actor::Stranger { account, .. } => (account.id.as_str(), ""),
    };
    let about = event.request.as_ref();
    let requester = about.map(|request| &request.requester);
    let grantee = about.and_then(|request| request.grantee.as_ref()).or(requester);
    let text = |text: Option<&'a String>| Cow::from(text.map(String::as_str).unwrap_or_default());
    let named = |person: Option<&'a PersonFacts>| text(person.map(|person| &person.name));
    let addressed = |person: Option<&'a PersonFacts>| Cow::from(person.map(email).unwrap_or_default());
    let listed =
        |list: Option<&'a Vec<String>>| csv::list(list.into_iter().flatten().map(Cow::from).collect());
    let number = about.map(|request| request.number.to_string());
    [
        link.seq.to_string().into(),
        csv::time(Some(event.at)),
        event.what.name().into(),
        number.unwrap_or_default().into(),
        actor.into(),
        actor_email.into(),
        event.via.name().into(),
        named(requester),
        addressed(requester),
        named(grantee),
        addressed(grantee),
        text(about.map(|request| &request.integration)),
        text(about.map(|request| &request.resource_type)),
        listed(about.map(|request| &request.resources)),
        listed(about.map(|request| &request.permissions)),
        listed(about.map(|request| &request.flows)),
        event.what.cause().map(Cause::name).unwrap_or_default().into(),
        serde_json::to_string(&event.what)
            .expect("it was read from JSON")
            .into(),
        link.hash.to_string().into(),
    ]
}

fn email(person: &PersonFacts) -> &str {
    person.email.as_deref().unwrap_or_default()
}
