//! Events of the trail as rows.

use std::collections::HashSet;

use crate::access::filter::Filter;
use crate::access::ids::RequestId;
use crate::access::reader::Reader;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Event, PersonFacts};
use crate::audit::exported::Format;
use crate::audit::verify::Link;
use crate::store::{Store, StoreError};

use super::{At, Wanted, csv};

/// Events read at once.
const PAGE: u64 = 1_000;

const COLUMNS: [&str; 19] = [
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

/// The head of the file, and before which event its rows begin.
pub(super) async fn begin(store: &Store, wanted: &Wanted) -> Result<(Vec<u8>, At), StoreError> {
    let before = match wanted.span.from {
        Some(from) => store.last_event_before(from).await?,
        None => 0,
    };
    let head = match wanted.format {
        Format::Csv => csv::head(&COLUMNS),
        Format::Jsonl => Vec::new(),
    };
    Ok((head, At::Event(before)))
}

/// The rows after `seq`.
pub(super) async fn page(
    store: &Store,
    reader: &Reader,
    wanted: &Wanted,
    seq: u64,
) -> Result<(Vec<u8>, At), StoreError> {
    let mut links = store.links_for(reader, seq, PAGE).await?;
    let mut next = match links.last() {
        Some(last) if links.len() as u64 == PAGE => At::Event(last.seq),
        Some(_) | None => At::End,
    };
    let unreadable = |link: &Link, error| StoreError::Inconsistent {
        table: "audit_event",
        id: link.seq.to_string(),
        what: format!("{error}"),
    };
    // Only a few questions need to look inside.
    let is_read = wanted.format == Format::Csv || narrows(reader, &wanted.filter) || wanted.span.to.is_some();
    if !is_read {
        return Ok((
            links
                .iter()
                .flat_map(|link| json_line(link).into_bytes())
                .collect(),
            next,
        ));
    }
    let mut events = Vec::with_capacity(links.len());
    for link in &links {
        let event = Event::from_canonical(&link.payload).map_err(|error| unreadable(link, error))?;
        events.push(event);
    }
    if let Some(to) = wanted.span.to {
        let within = events.iter().take_while(|event| event.at < to).count();
        if within < events.len() {
            next = At::End;
            events.truncate(within);
            links.truncate(within);
        }
    }
    let mut rows: Vec<(&Link, &Event)> = links.iter().zip(&events).collect();
    if narrows(reader, &wanted.filter) {
        let about = |event: &Event| event.request.as_ref().map(|request| request.id.clone());
        let asked: HashSet<RequestId> = events.iter().filter_map(about).collect();
        let asked: Vec<RequestId> = asked.into_iter().collect();
        let let_through = store.let_through(reader, &wanted.filter, &asked).await?;
        rows.retain(|(_, event)| about(event).is_some_and(|request| let_through.contains(&request)));
    }
    let bytes = match wanted.format {
        Format::Csv => csv::lines(rows.into_iter().map(|(link, event)| cells(link, event))),
        Format::Jsonl => rows
            .into_iter()
            .flat_map(|(link, _)| json_line(link).into_bytes())
            .collect(),
    };
    Ok((bytes, next))
}

/// Whether some events are left out because of the requests they are about.
fn narrows(reader: &Reader, filter: &Filter) -> bool {
    !reader.reads_all() || *filter != Filter::default()
}

/// The event exactly as it was hashed, with its place and its hash.
fn json_line(link: &Link) -> String {
    format!(
        "{{\"seq\":{},\"hash\":\"{}\",\"event\":{}}}\n",
        link.seq, link.hash, link.payload
    )
}

fn cells(link: &Link, event: &Event) -> [String; COLUMNS.len()] {
    let (actor, actor_email) = match &event.actor {
        Actor::Person(person) => (person.name.clone(), email(person)),
        Actor::Apono => ("apono".to_owned(), String::new()),
        Actor::Stranger { account, .. } => (account.id.clone(), String::new()),
    };
    let about = event.request.as_ref();
    let requester = about.map(|request| &request.requester);
    let grantee = about.and_then(|request| request.grantee.as_ref()).or(requester);
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let named = |person: Option<&PersonFacts>| person.map(|person| person.name.clone()).unwrap_or_default();
    let addressed = |person: Option<&PersonFacts>| person.map(email).unwrap_or_default();
    let listed = |list: Option<&Vec<String>>| list.map(|list| csv::list(list)).unwrap_or_default();
    [
        link.seq.to_string(),
        csv::time(Some(event.at)),
        event.what.name().to_owned(),
        about
            .map(|request| request.number.to_string())
            .unwrap_or_default(),
        actor,
        actor_email,
        event.via.name().to_owned(),
        named(requester),
        addressed(requester),
        named(grantee),
        addressed(grantee),
        text(about.map(|request| &request.integration)),
        text(about.map(|request| &request.resource_type)),
        listed(about.map(|request| &request.resources)),
        listed(about.map(|request| &request.permissions)),
        listed(about.map(|request| &request.flows)),
        event.what.cause().map(Cause::name).unwrap_or_default().to_owned(),
        serde_json::to_string(&event.what).expect("it was read from JSON"),
        link.hash.to_string(),
    ]
}

fn email(person: &PersonFacts) -> String {
    person.email.clone().unwrap_or_default()
}
