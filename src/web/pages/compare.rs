//! Two people side by side: what each may ask for, has, and had.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;

use super::frame::PEOPLE;
use super::standpoint::looked_up;
use super::{Frame, braked, page};
use crate::access::explain::standpoint;
use crate::access::filter::Filter;
use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::audit::read;
use crate::store::{KnownPerson, Page, ReadPeople, StoreError};
use crate::usecases::look::{self, Listed};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many of the latest requests of each are compared.
const LATEST: u64 = 200;

#[derive(Template)]
#[template(path = "compare.html")]
struct Compared<'a> {
    frame: Frame<'a>,
    one: Shown,
    other: Shown,
    /// The same without links, beside each value where there are no columns.
    names: [Shown; 2],
    /// What is said about those of them who are blocked: no flow counts for them.
    blocked: Vec<Shown>,
    sections: [Section; 3],
    latest: u64,
}

/// What is compared.
struct Section {
    id: &'static str,
    heading: &'static str,
    rows: Vec<Row>,
    /// Said if there are no rows.
    nothing: &'static str,
}

/// Something that one of them, or both, may ask for, have or had.
struct Row {
    what: Shown,
    one: Option<Shown>,
    other: Option<Shown>,
}

/// Permission, resource and integration, with the requests that gave it, newest first.
type Given = BTreeMap<(String, String, String), Vec<String>>;

/// The page about `one`, which the reader was given already, beside `other`.
pub(super) async fn compared(
    portal: &Portal,
    who: &Who,
    one: &KnownPerson,
    other: &PersonId,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let other = core.store.people_by_id(std::slice::from_ref(other)).await?.pop();
    let other = other.ok_or(Fault::NotFound)?;
    let about = read::About::Person((&other).into());
    let reader = &who.reader(portal, read::Page::Person, Some(about)).await?;
    let policy = core.policy();
    let mut blocked = Vec::new();
    let asks_one = asks(portal, &policy, (one, reader), &mut blocked).await?;
    let asks_other = asks(portal, &policy, (&other, reader), &mut blocked).await?;
    let flows = policy.flows.iter().filter_map(|flow| {
        let may = |asks: &[String]| asks.contains(&flow.name).then(|| shown::text("yes"));
        let (one, other) = (may(&asks_one), may(&asks_other));
        (one.is_some() || other.is_some()).then(|| Row {
            what: shown::text(&format!("{} ({})", flow.name, flow.integration)),
            one,
            other,
        })
    });
    let (live, past) = given(portal, reader, one).await?;
    let (other_live, other_past) = given(portal, reader, &other).await?;
    let title = format!("{} and {}", one.name, other.name);
    let name = |person: &KnownPerson| shown::link(&paths::person(&person.account.user), &person.name);
    page(&Compared {
        frame: Frame::of(portal, who, &title, PEOPLE),
        one: name(one),
        other: name(&other),
        names: [one, &other].map(|person| shown::text(&person.name)),
        blocked,
        sections: [
            Section {
                id: "flows",
                heading: "May ask under",
                rows: flows.collect(),
                nothing: "No access flow includes either of them.",
            },
            Section {
                id: "has",
                heading: "Has now",
                rows: beside(&live, &other_live),
                nothing: "Neither has live access.",
            },
            Section {
                id: "had",
                heading: "Had",
                rows: beside(&past, &other_past),
                nothing: "Neither had access that ended.",
            },
        ],
        latest: LATEST,
    })
}

/// The flows under which they may ask, as the directory knows them now; none of them if it does not know them, or if they are
/// blocked, which is said.
async fn asks(
    portal: &Portal,
    policy: &Policy,
    (person, reader): (&KnownPerson, &Reader),
    blocked: &mut Vec<Shown>,
) -> Result<Vec<String>, StoreError> {
    if let Some(block) = portal.core.store.block_of(reader, &person.id).await? {
        let name = shown::text(&person.name);
        blocked.push(shown::joined([name, braked::blocked(&block)], ": "));
        return Ok(Vec::new());
    }
    let Some(known) = looked_up(portal, policy, person).await else {
        return Ok(Vec::new());
    };
    let asks = standpoint(policy, &known).asks;
    Ok(asks.into_iter().map(|flow| flow.name.clone()).collect())
}

/// What they have now, and what they had.
async fn given(portal: &Portal, reader: &Reader, person: &KnownPerson) -> Result<(Given, Given), Fault> {
    let filter = Filter {
        grantee: Some(person.id.clone()),
        ..Filter::default()
    };
    let live = look::live(&portal.core, reader, &filter, Page::First, LATEST).await?;
    let all = look::log(&portal.core, reader, &filter, Page::First, LATEST).await?;
    let over = |listed: &&Listed| listed.became.ended_at.is_some();
    let over = all.items.iter().filter(over);
    Ok((by_unit(live.items.iter()), by_unit(over)))
}

fn by_unit<'l>(requests: impl Iterator<Item = &'l Listed>) -> Given {
    let mut given = Given::new();
    for Listed { request, .. } in requests {
        for unit in &request.units {
            let key = (
                unit.permission.clone(),
                unit.resource_name.clone(),
                request.integration.clone(),
            );
            given.entry(key).or_default().push(request.number.to_string());
        }
    }
    given
}

/// Everything that one of them has, in the order of its name.
fn beside(one: &Given, other: &Given) -> Vec<Row> {
    let mut keys: Vec<_> = one.keys().chain(other.keys()).collect();
    keys.sort();
    keys.dedup();
    let rows = keys.into_iter().map(|key| {
        let (permission, resource, integration) = key;
        Row {
            what: shown::text(&format!("{permission} on {resource} ({integration})")),
            one: one.get(key).map(|numbers| linked(numbers)),
            other: other.get(key).map(|numbers| linked(numbers)),
        }
    });
    rows.collect()
}

/// The newest of these requests, and how many others there are.
fn linked(numbers: &[String]) -> Shown {
    let newest = numbers
        .iter()
        .take(1)
        .map(|number| shown::link(&format!("/requests/{number}"), number));
    let rest = numbers.len().saturating_sub(1);
    let rest = (rest > 0).then(|| shown::text(&format!("+{rest}")));
    shown::joined(newest.chain(rest), ", ")
}
