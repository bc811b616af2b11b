//! Which numbers a page can have: those that the times in the filter leave.

use sea_orm::ConnectionTrait;

use crate::access::filter::{Filter, Span, Status};

use super::super::super::error::StoreError;
use super::super::page::Page;
use super::condition;
use super::sql::Sql;

/// Numbers follow the times of creation, except for requests that were made at the same time. In microseconds.
const SAME_TIME: i64 = 60_000_000;

/// Numbers that a page can have, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Numbers {
    /// Whether `size` of them are too few to be met soon by going through all of them.
    pub(super) const fn are_many(self, size: u64) -> bool {
        self.last.abs_diff(self.first) > size.saturating_mul(4)
    }

    /// Those on the page.
    pub(super) fn on(self, page: Page) -> Self {
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

    /// Takes the next `count` of them, in the order of the page.
    pub(super) fn take(&mut self, count: i64, ascending: bool) -> Self {
        let mut taken = *self;
        if ascending {
            taken.last = self.last.min(self.first.saturating_add(count - 1));
            self.first = taken.last.saturating_add(1);
        } else {
            taken.first = self.first.max(self.last.saturating_sub(count - 1));
            self.last = taken.first.saturating_sub(1);
        }
        taken
    }

    /// They stand in the statement: for numbers that it does not know, PostgreSQL takes any range of them for short, and reads it
    /// instead of what is rare.
    pub(super) fn check(self, number: &str) -> Sql {
        let Self { first, last } = self;
        Sql::new(format!("{number} >= {first} AND {number} <= {last}"), [])
    }
}

/// How long after its creation anything happened to a request, at most, in microseconds.
pub(super) async fn lag(db: &impl ConnectionTrait, filter: &Filter) -> Result<i64, StoreError> {
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
pub(super) async fn bounds(
    db: &impl ConnectionTrait,
    filter: &Filter,
    lag: i64,
) -> Result<Numbers, StoreError> {
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

pub(super) async fn first_number(db: &impl ConnectionTrait, sql: Sql) -> Result<Option<i64>, StoreError> {
    let statement = sql.statement(db.get_database_backend(), "r.number");
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}
