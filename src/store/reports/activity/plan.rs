//! Finding the numbers of one page: which index to walk, and within which numbers.
//!
//! The database is not left to guess. How many requests fulfil each condition is counted, up to [`FEW`]; the page is read
//! along the index of the rarest one, newest first, and every other condition is checked on each request there. If even that one
//! is frequent, the numbers of two conditions are read and compared ([`meet`](super::meet)). Both databases then do the same work,
//! whatever they know about their tables.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, QueryResult};

use crate::access::filter::Filter;
use crate::access::ids::RequestId;
use crate::access::reader::Reader;

use super::super::super::at_once;
use super::super::super::error::StoreError;
use super::super::page::Page;
use super::bounds::{Numbers, bounds, first_number, lag};
use super::condition::{self, Condition, Part, Table};
use super::meet::{self, Pair};
use super::sql::Sql;

/// A condition that more requests fulfil is frequent. Those of a rare one are read at once if its index has them in another
/// order, because sorting so many is quick.
const FEW: u64 = 20_000;

/// How many of those are checked at first; then four times as many, and so on.
const AT_FIRST: usize = 500;

/// No limit, as databases have it.
const EVERY: u32 = u32::MAX;

/// Looking so many up in another index takes no longer than reading that index.
const LOOKED_UP: u64 = if cfg!(test) { 100 } else { 2_000 };

/// In which order a page is read, and how many numbers it has at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) ascending: bool,
    pub(super) limit: usize,
}

/// Up to `limit` numbers of requests that the reader may see and the filter lets through, in the order in which the page is
/// read: [`Page::After`] begins with the oldest.
pub(super) async fn numbers(
    db: &impl ConnectionTrait,
    reader: &Reader,
    filter: &Filter,
    page: Page,
    limit: u64,
) -> Result<Vec<i64>, StoreError> {
    let lag = lag(db, filter).await?;
    let Some(mut conditions) = condition::of(reader, filter, lag) else {
        return Ok(Vec::new());
    };
    let within = bounds(db, filter, lag).await?.on(page);
    if within.first > within.last {
        return Ok(Vec::new());
    }
    let wanted = Wanted {
        ascending: matches!(page, Page::After(_)),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let rarest = take_rarest(db, &mut conditions, within).await?;
    let created = filter.created();
    if !created.is_open() {
        conditions.push(condition::created(created));
    }
    let Some((rarest, size)) = rarest else {
        return walked(db, None, &conditions, within, wanted).await;
    };
    let rarest = if size > LOOKED_UP {
        match meet::pair(db, rarest, &mut conditions).await? {
            Pair::Listed(pair) => return meet::met(db, &pair, &conditions, within, wanted).await,
            Pair::None(rarest) => rarest,
        }
    } else {
        rarest
    };
    if rarest.in_order {
        walked(db, Some(rarest), &conditions, within, wanted).await
    } else if size <= FEW && within.are_many(size) {
        let found = listed(db, &rarest, within, wanted.ascending).await?;
        checked(db, found, &conditions, wanted).await
    } else {
        conditions.push(rarest);
        walked(db, None, &conditions, within, wanted).await
    }
}

/// Takes out the condition that the fewest requests fulfil, with how many these are, at most one more than [`FEW`]. Of
/// frequent ones it is one whose index is in order, if there is one.
async fn take_rarest(
    db: &impl ConnectionTrait,
    conditions: &mut Vec<Condition>,
    within: Numbers,
) -> Result<Option<(Condition, u64)>, StoreError> {
    if let [_] = conditions.as_slice()
        && conditions[0].in_order
    {
        return Ok(conditions.pop().map(|only| (only, 0)));
    }
    let mut rarest: Option<(usize, u64)> = None;
    for (place, condition) in conditions.iter().enumerate() {
        let size = size(db, &condition.found_in, within).await?;
        let is_better = rarest.is_none_or(|(other, least)| {
            size < least || size == least && condition.in_order && !conditions[other].in_order
        });
        if is_better {
            rarest = Some((place, size));
        }
    }
    Ok(rarest.map(|(place, size)| (conditions.swap_remove(place), size)))
}

/// How many requests these parts have, at most one more than [`FEW`].
async fn size(db: &impl ConnectionTrait, parts: &[Part], within: Numbers) -> Result<u64, StoreError> {
    let mut size = 0;
    for part in parts {
        let counted = Sql::new("SELECT COUNT(*) FROM (SELECT 1 FROM ", [])
            .then(rows_of(part, within))
            .then(Sql::new(format!(" LIMIT {}) counted", FEW + 1 - size), []));
        let found = first_number(db, counted).await?.unwrap_or(0);
        size += found.unsigned_abs();
        if size > FEW {
            break;
        }
    }
    Ok(size)
}

fn rows_of(part: &Part, within: Numbers) -> Sql {
    Sql::new(format!("{} WHERE ", part.from.named()), [])
        .then(part.which.clone())
        .then(Sql::new(" AND ", []))
        .then(within.check(part.from.number()))
}

/// All numbers of a condition, each once, in the order of the page.
pub(super) async fn listed(
    db: &impl ConnectionTrait,
    condition: &Condition,
    within: Numbers,
    ascending: bool,
) -> Result<Vec<i64>, StoreError> {
    let all = listed_up_to(EVERY, db, condition, within, ascending).await?;
    Ok(all.unwrap_or_default())
}

/// The same, if its index has at most `most` there.
pub(super) async fn listed_up_to(
    most: u32,
    db: &impl ConnectionTrait,
    condition: &Condition,
    within: Numbers,
    ascending: bool,
) -> Result<Option<Vec<i64>>, StoreError> {
    let backend = db.get_database_backend();
    let all = at_once::all_of(backend, "counted.number");
    let one_more = i64::from(most) + 1;
    let mut found: Vec<i64> = Vec::new();
    for part in &condition.found_in {
        let number = part.from.number();
        let sql = Sql::new(format!("SELECT {all} FROM (SELECT {number} FROM "), [])
            .then(rows_of(part, within))
            .then(Sql::new(format!(" LIMIT {one_more}) counted"), []));
        let numbers = at_once::only(db, sql.statement(backend, number)).await?;
        found.extend(numbers.each::<i64>()?);
        if found.len() > most as usize {
            return Ok(None);
        }
    }
    found.sort_unstable();
    found.dedup();
    if !ascending {
        found.reverse();
    }
    Ok(Some(found))
}

/// The first of `found` that fulfil `checks`.
pub(super) async fn checked<'c>(
    db: &impl ConnectionTrait,
    mut found: Vec<i64>,
    checks: impl IntoIterator<Item = &'c Condition>,
    Wanted { ascending, limit }: Wanted,
) -> Result<Vec<i64>, StoreError> {
    let checks = beside_a_number(checks);
    if checks.is_empty() {
        found.truncate(limit);
        return Ok(found);
    }
    let backend = db.get_database_backend();
    let (numbers, number) = (at_once::elements(backend, "?"), at_once::number(backend));
    let (mut left, mut at_once, mut fulfil) = (found.as_slice(), AT_FIRST, Vec::new());
    while !left.is_empty() && fulfil.len() < limit {
        let (now, later) = left.split_at(at_once.min(left.len()));
        let all = Sql::new(
            format!("SELECT {number} FROM {numbers} WHERE 1 = 1"),
            [at_once::list(&now)],
        )
        .then(checks.clone())
        .then(ordered(
            number,
            Wanted {
                ascending,
                limit: limit - fulfil.len(),
            },
        ));
        fulfil.extend(all_numbers(db, all, number).await?);
        (left, at_once) = (later, at_once.saturating_mul(4));
    }
    Ok(fulfil)
}

/// The first requests along an index that fulfil `checks`; along the numbers themselves if there is none.
async fn walked(
    db: &impl ConnectionTrait,
    along: Option<Condition>,
    checks: &[Condition],
    within: Numbers,
    wanted: Wanted,
) -> Result<Vec<i64>, StoreError> {
    let part = along.and_then(|condition| condition.found_in.into_iter().next());
    let part = part.unwrap_or(Part {
        from: Table::Requests,
        which: Sql::new("1 = 1", []),
    });
    let number = part.from.number();
    let checks = match part.from {
        Table::Requests => all_of(checks),
        Table::Terms => beside_a_number(checks),
    };
    let sql = Sql::new(format!("SELECT {number} FROM {} WHERE ", part.from.named()), [])
        .then(part.which)
        .then(Sql::new(" AND ", []))
        .then(within.check(number))
        .then(checks)
        .then(ordered(number, wanted));
    all_numbers(db, sql, number).await
}

/// Those of `requests` that the reader may see and the filter lets through.
pub(super) async fn among(
    db: &impl ConnectionTrait,
    reader: &Reader,
    filter: &Filter,
    requests: &[RequestId],
) -> Result<HashSet<RequestId>, StoreError> {
    let lag = lag(db, filter).await?;
    let Some(mut checks) = condition::of(reader, filter, lag) else {
        return Ok(HashSet::new());
    };
    if !filter.created().is_open() {
        checks.push(condition::created(filter.created()));
    }
    let backend = db.get_database_backend();
    let ids = at_once::elements(backend, "?");
    let given = format!("SELECT r.id FROM {ids} CROSS JOIN request r WHERE r.id = n.value");
    let sql = Sql::new(given, [at_once::list(&requests)]).then(all_of(&checks));
    let rows = db.query_all_raw(sql.statement(backend, "r.number")).await?;
    let id = |row: &QueryResult| row.try_get_by_index::<String>(0).map(RequestId::new);
    Ok(rows.iter().map(id).collect::<Result<_, _>>()?)
}

/// The checks where the request's row is at hand.
fn all_of<'c>(checks: impl IntoIterator<Item = &'c Condition>) -> Sql {
    let each = checks
        .into_iter()
        .map(|check| Sql::new(" AND ", []).then(check.check.clone()));
    each.fold(Sql::default(), Sql::then)
}

/// The checks where only its number is at hand. A subquery, because a join may be turned around and read the whole table.
fn beside_a_number<'c>(checks: impl IntoIterator<Item = &'c Condition>) -> Sql {
    let (of_row, of_terms): (Vec<&Condition>, Vec<&Condition>) =
        checks.into_iter().partition(|check| check.reads_row);
    if of_row.is_empty() {
        return all_of(of_terms);
    }
    all_of(of_terms)
        .then(Sql::new(" AND (SELECT 1 FROM request r WHERE r.number = #", []))
        .then(all_of(of_row))
        .then(Sql::new(") IS NOT NULL", []))
}

fn ordered(number: &str, Wanted { ascending, limit }: Wanted) -> Sql {
    let direction = if ascending { "ASC" } else { "DESC" };
    Sql::new(format!(" ORDER BY {number} {direction} LIMIT {limit}"), [])
}

async fn all_numbers(db: &impl ConnectionTrait, sql: Sql, number: &str) -> Result<Vec<i64>, StoreError> {
    let statement = sql.statement(db.get_database_backend(), number);
    let rows = db.query_all_raw(statement).await?;
    let numbers: Result<_, _> = rows
        .iter()
        .map(|row: &QueryResult| row.try_get_by_index(0))
        .collect();
    Ok(numbers?)
}
