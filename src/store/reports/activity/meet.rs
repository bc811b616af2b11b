//! Two frequent conditions: their numbers are read from their indexes, span after span, and compared here.
//!
//! A row of an index costs a small part of what it costs to look one request up in another index, above all if the machine has
//! not read that part of it yet. Two frequent things that never occur together are the worst that can be asked for.

use std::mem;

use sea_orm::ConnectionTrait;

use super::super::super::error::StoreError;
use super::bounds::{Numbers, first_number};
use super::condition::Condition;
use super::plan::{Wanted, checked, listed, listed_up_to};
use super::sql::Sql;

/// The terms of one beginning are read one by one up to this many.
const TERMS: usize = 16;

/// How many numbers the first span has; the next ones have four times as many. Tests have small histories, and meet every way all
/// the same.
const AT_FIRST: i64 = if cfg!(test) { 64 } else { 2_048 };

/// Looking one number up takes as long as reading this many.
const COSTS: u32 = if cfg!(test) { 2 } else { 24 };

/// Two conditions whose numbers can be read, or the one there is.
pub(super) enum Pair {
    Listed([Condition; 2]),
    None(Condition),
}

/// Takes another condition out of `others` whose numbers can be read like those of `one`.
pub(super) async fn pair(
    db: &impl ConnectionTrait,
    one: Condition,
    others: &mut Vec<Condition>,
) -> Result<Pair, StoreError> {
    let one = spelled_out(db, one).await?;
    if !one.is_listed {
        return Ok(Pair::None(one));
    }
    for other in others.iter_mut().filter(|other| other.among.is_some()) {
        *other = spelled_out(db, other.clone()).await?;
    }
    Ok(match others.iter().position(|other| other.is_listed) {
        Some(place) => Pair::Listed([one, others.swap_remove(place)]),
        None => Pair::None(one),
    })
}

/// The same condition by each of its terms, if these are few: one alone has its numbers in order.
async fn spelled_out(db: &impl ConnectionTrait, condition: Condition) -> Result<Condition, StoreError> {
    let Some([first, end]) = condition.among.as_ref() else {
        return Ok(condition);
    };
    // From one term to the next one, past all their numbers.
    let next = "SELECT MIN(t.term) FROM request_term t WHERE t.term";
    let sql = format!(
        "WITH RECURSIVE w (term) AS (
           {next} >= ? AND t.term < ?
           UNION ALL SELECT ({next} > w.term AND t.term < ?) FROM w WHERE w.term IS NOT NULL)
         SELECT term FROM w WHERE term IS NOT NULL LIMIT {}",
        TERMS + 1
    );
    let values = [first, end, end].map(|term| term.as_str().into());
    let statement = Sql::new(sql, values).statement(db.get_database_backend(), "");
    let rows = db.query_all_raw(statement).await?;
    let terms: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    Ok(if (1..=TERMS).contains(&terms.len()) {
        condition.found_by(terms)
    } else {
        condition
    })
}

/// The first requests that fulfil both conditions and `checks`.
pub(super) async fn met(
    db: &impl ConnectionTrait,
    [one, other]: &[Condition; 2],
    checks: &[Condition],
    within: Numbers,
    wanted: Wanted,
) -> Result<Vec<i64>, StoreError> {
    let newest = Sql::new("SELECT number FROM request WHERE ", [])
        .then(within.check("number"))
        .then(Sql::new(" ORDER BY number DESC LIMIT 1", []));
    let Some(last) = first_number(db, newest).await? else {
        return Ok(Vec::new());
    };
    let mut rest = Numbers { last, ..within };
    let (mut fewer, mut more) = (one, other);
    let (mut width, mut found) = (AT_FIRST, Vec::new());
    while rest.first <= rest.last && found.len() < wanted.limit {
        let now = rest.take(width, wanted.ascending);
        width = width.saturating_mul(4);
        let left = Wanted {
            limit: wanted.limit - found.len(),
            ..wanted
        };
        let mut both = listed(db, fewer, now, wanted.ascending).await?;
        let most = u32::try_from(both.len())
            .unwrap_or(u32::MAX)
            .saturating_mul(COSTS);
        let Some(others) = listed_up_to(most, db, more, now, wanted.ascending).await? else {
            found.extend(checked(db, both, checks.iter().chain([more]), left).await?);
            continue;
        };
        if others.len() < both.len() {
            mem::swap(&mut fewer, &mut more);
        }
        let place = |number: &i64| {
            others.binary_search_by(|other| {
                if wanted.ascending {
                    other.cmp(number)
                } else {
                    number.cmp(other)
                }
            })
        };
        both.retain(|number| place(number).is_ok());
        found.extend(checked(db, both, checks, left).await?);
    }
    Ok(found)
}
