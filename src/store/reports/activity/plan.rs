//! Finding the numbers of one page: which index to walk, and within which numbers.
//!
//! The database is not left to guess. How many requests fulfil each condition is counted, up to [`FEW`]; the page is read
//! along the index of the rarest one, newest first, and every other condition is checked on each request there. Both
//! databases then do the same work, whatever they know about their tables.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use crate::access::filter::{Filter, Span, Status};
use crate::access::ids::RequestId;
use crate::access::reader::Reader;

use super::super::super::error::StoreError;
use super::super::page::Page;
use super::condition::{self, Condition, Part, Table};
use super::sql::Sql;

/// A condition that more requests fulfil is frequent. Those of a rare one are read at once if its index has them in another
/// order, because sorting so many is quick.
const FEW: u64 = 20_000;

/// How many of those are checked at first; then four times as many, and so on.
const AT_FIRST: usize = 500;

/// Numbers follow the times of creation, except for requests that were made at the same time. In microseconds.
const SAME_TIME: i64 = 60_000_000;

/// Numbers that a page can have, both included.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    first: i64,
    last: i64,
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
    let ascending = matches!(page, Page::After(_));
    let rarest = take_rarest(db, &mut conditions, within).await?;
    let created = filter.created();
    let mut checks: Vec<Condition> = conditions;
    if !created.is_open() {
        checks.push(condition::created(created));
    }
    match rarest {
        Some((rarest, size)) if size <= FEW && !rarest.in_order && within.are_many(size) => {
            let found = gathered(db, &rarest, within, ascending).await?;
            checked(db, found, &checks, ascending, limit).await
        }
        Some((rarest, _)) if rarest.in_order => {
            walked(db, Some(rarest), &checks, within, ascending, limit).await
        }
        Some((frequent, _)) => {
            checks.push(frequent);
            walked(db, None, &checks, within, ascending, limit).await
        }
        None => walked(db, None, &checks, within, ascending, limit).await,
    }
}

impl Numbers {
    /// Whether `size` of them are too few to be met soon by going through all of them.
    const fn are_many(self, size: u64) -> bool {
        self.last.abs_diff(self.first) > size.saturating_mul(4)
    }

    /// Those on the page.
    fn on(self, page: Page) -> Self {
        match page {
            Page::First => self,
            Page::Before(last) => Self {
                last: self.last.min(last.saturating_sub(1)),
                ..self
            },
            Page::After(first) => Self {
                first: self.first.max(first.saturating_add(1)),
                ..self
            },
        }
    }

    /// They stand in the statement: for numbers that it does not know, PostgreSQL takes any range of them for short, and reads it
    /// instead of what is rare.
    fn check(self, number: &str) -> Sql {
        let Self { first, last } = self;
        Sql::new(format!("{number} >= {first} AND {number} <= {last}"), [])
    }
}

/// How long after its creation anything happened to a request, at most, in microseconds.
async fn lag(db: &impl ConnectionTrait, filter: &Filter) -> Result<i64, StoreError> {
    if [filter.decided, filter.granted, filter.ended, filter.live]
        .iter()
        .all(Span::is_open)
    {
        return Ok(0);
    }
    let longest = "SELECT COALESCE(ended_at, granted_at, decided_at, created_at) - created_at FROM request
                   ORDER BY COALESCE(ended_at, granted_at, decided_at, created_at) - created_at DESC LIMIT 1";
    Ok(first_number(db, Sql::new(longest, [])).await?.unwrap_or(0))
}

/// The numbers that the times in the filter leave.
async fn bounds(db: &impl ConnectionTrait, filter: &Filter, lag: i64) -> Result<Numbers, StoreError> {
    let mut within = Numbers {
        first: 1,
        last: i64::MAX,
    };
    let spans = [
        (filter.created(), 0),
        (filter.decided, lag),
        (filter.granted, lag),
        (filter.ended, lag),
        (filter.live, lag),
    ];
    for (span, lag) in spans {
        if let Some(from) = span.from {
            let from = from.micros().saturating_sub(lag).saturating_sub(SAME_TIME);
            let first = "SELECT number FROM request WHERE created_at >= ? ORDER BY created_at LIMIT 1";
            let mut first = first_number(db, Sql::new(first, [from.into()]))
                .await?
                .unwrap_or(i64::MAX);
            if span == filter.live {
                // What is live now may last longer than anything that has ended.
                for status in [Status::Granted, Status::Revoking] {
                    let is = condition::is_ours("", "state", status.name());
                    let oldest =
                        format!("SELECT r.number FROM request r WHERE {is} ORDER BY r.number LIMIT 1");
                    let oldest = first_number(db, Sql::new(oldest, [])).await?;
                    first = first.min(oldest.unwrap_or(i64::MAX));
                }
            }
            within.first = within.first.max(first);
        }
        if let Some(to) = span.to {
            let to = to.micros().saturating_add(SAME_TIME);
            let last = "SELECT number FROM request WHERE created_at < ? ORDER BY created_at DESC LIMIT 1";
            let last = first_number(db, Sql::new(last, [to.into()])).await?;
            within.last = within.last.min(last.unwrap_or(0));
        }
    }
    Ok(within)
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

/// All numbers of a rare condition, each once, in the order of the page.
async fn gathered(
    db: &impl ConnectionTrait,
    rare: &Condition,
    within: Numbers,
    ascending: bool,
) -> Result<Vec<i64>, StoreError> {
    let mut found = Vec::new();
    for part in &rare.found_in {
        let number = part.from.number();
        let all = Sql::new(format!("SELECT {number} FROM "), []).then(rows_of(part, within));
        found.extend(all_numbers(db, all, number).await?);
    }
    found.sort_unstable();
    found.dedup();
    if !ascending {
        found.reverse();
    }
    Ok(found)
}

/// The first `limit` of `found` that fulfil `checks`.
async fn checked(
    db: &impl ConnectionTrait,
    mut found: Vec<i64>,
    checks: &[Condition],
    ascending: bool,
    limit: u64,
) -> Result<Vec<i64>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if checks.is_empty() {
        found.truncate(limit);
        return Ok(found);
    }
    let (numbers, number) = match db.get_database_backend() {
        DbBackend::Sqlite => ("json_each(?) n", "n.value"),
        _ => ("json_array_elements_text(?::json) n", "n.value::bigint"),
    };
    let (mut left, mut at_once, mut fulfil) = (found.as_slice(), AT_FIRST, Vec::new());
    while !left.is_empty() && fulfil.len() < limit {
        let (now, later) = left.split_at(at_once.min(left.len()));
        let some = serde_json::to_string(now).expect("numbers are JSON");
        let all = Sql::new(
            format!("SELECT {number} FROM {numbers} WHERE 1 = 1"),
            [some.into()],
        )
        .then(beside_a_number(checks))
        .then(ordered(number, ascending, limit - fulfil.len()));
        fulfil.extend(all_numbers(db, all, number).await?);
        (left, at_once) = (later, at_once.saturating_mul(4));
    }
    Ok(fulfil)
}

/// The first `limit` requests along an index that fulfil `checks`; along the numbers themselves if there is none.
async fn walked(
    db: &impl ConnectionTrait,
    along: Option<Condition>,
    checks: &[Condition],
    within: Numbers,
    ascending: bool,
    limit: u64,
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
        .then(ordered(
            number,
            ascending,
            usize::try_from(limit).unwrap_or(usize::MAX),
        ));
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
    let given = match db.get_database_backend() {
        DbBackend::Sqlite => "json_each(?) n CROSS JOIN request r WHERE r.id = n.value",
        _ => "json_array_elements_text(?::json) n CROSS JOIN request r WHERE r.id = n.value",
    };
    let ids = serde_json::to_string(requests).expect("texts are JSON");
    let sql = Sql::new(format!("SELECT r.id FROM {given}"), [ids.into()]).then(all_of(&checks));
    let rows = db
        .query_all_raw(sql.statement(db.get_database_backend(), "r.number"))
        .await?;
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
fn beside_a_number(checks: &[Condition]) -> Sql {
    let (of_row, of_terms): (Vec<&Condition>, Vec<&Condition>) =
        checks.iter().partition(|check| check.reads_row);
    if of_row.is_empty() {
        return all_of(of_terms);
    }
    all_of(of_terms)
        .then(Sql::new(" AND (SELECT 1 FROM request r WHERE r.number = #", []))
        .then(all_of(of_row))
        .then(Sql::new(") IS NOT NULL", []))
}

fn ordered(number: &str, ascending: bool, limit: usize) -> Sql {
    let direction = if ascending { "ASC" } else { "DESC" };
    Sql::new(format!(" ORDER BY {number} {direction} LIMIT {limit}"), [])
}

async fn first_number(db: &impl ConnectionTrait, sql: Sql) -> Result<Option<i64>, StoreError> {
    let statement = sql.statement(db.get_database_backend(), "r.number");
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
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
