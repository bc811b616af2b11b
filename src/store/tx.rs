//! One change: everything it writes, then the audit events, then the commit.
//!
//! If it is dropped without [`Tx::seal`], at any point, it leaves nothing behind. Do not hold one while waiting for anything
//! but the database: on SQLite it is the only writer.

use std::panic::Location;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, ExecResult, QueryResult, Statement, Value};

use crate::access::ids::RequestNumber;
use crate::access::time::Timestamp;
use crate::audit::event::Event;
use crate::failpoint;
use crate::metrics::Counts;

use super::error::StoreError;
use super::jobs::Lane;
use super::line::Line;
use super::next_post::Expected;
use super::pool::{Pool, Transaction};
use super::seats::Seats;
use super::wakes::{News, Wakes};
use super::{Store, audit};

/// An open change.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction,
    wakes: Arc<Wakes>,
    expected: Arc<Expected>,
    news: News,
    sealed: Counts<1>,
}

impl Store {
    /// Begins a change. On SQLite it waits for the one before it.
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = Result<Tx, StoreError>> + Send {
        self.write_at(self.writer(), Location::caller())
    }

    /// The same on the caller's choice of connections.
    #[track_caller]
    pub(super) fn write_on(&self, pool: &Pool) -> impl Future<Output = Result<Tx, StoreError>> + Send {
        self.write_at(Ok(pool), Location::caller())
    }

    async fn write_at(
        &self,
        pool: Result<&Pool, StoreError>,
        place: &'static Location<'static>,
    ) -> Result<Tx, StoreError> {
        let inner = pool?.begin(place).await?;
        Ok(Tx {
            inner,
            wakes: self.wakes(),
            expected: Arc::clone(&self.shared.expected),
            news: News::default(),
            sealed: self.sealed().clone(),
        })
    }
}

impl Tx {
    /// Ends the change: appends `events` to the trail and commits. The head's row is the last thing locked, and this consumes
    /// the transaction, so no two changes can wait for each other there. Workers that get work from it are woken.
    ///
    /// If clocks disagree, an event's time is moved up to that of the event before it.
    #[track_caller]
    pub fn seal(self, events: Vec<Event>) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.seal_at(events, Location::caller())
    }

    async fn seal_at(mut self, events: Vec<Event>, place: &Location<'_>) -> Result<(), StoreError> {
        if events.is_empty() {
            return self.commit_at(place).await;
        }
        let lines: Vec<_> = events.iter().map(Line::of).collect();
        let names: Vec<_> = events.iter().map(|event| event.what.name()).collect();
        let sealed = self.sealed.clone();
        self.news.audit = true;
        let head = audit::append(&self.inner, events, &self.expected).await?;
        self.commit_at(place).await?;
        let first = head.seq + 1 - lines.len() as u64;
        (first..).zip(&lines).for_each(|(seq, line)| line.log(seq));
        for name in names {
            sealed.add([("event", name)]);
        }
        Ok(())
    }

    /// Commits an internal change of the store that is not in the trail.
    #[track_caller]
    pub(super) fn commit(self) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.commit_at(Location::caller())
    }

    async fn commit_at(self, place: &Location<'_>) -> Result<(), StoreError> {
        self.inner.commit().await?;
        self.wakes.tell(self.news);
        failpoint::passed(format_args!("commit in {}:{}", place.file(), place.line()));
        Ok(())
    }

    /// The next request number. A change that is not committed returns it.
    pub async fn next_number(&mut self) -> Result<RequestNumber, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ('request', 1)
                   ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let row = self.query_one(sql, []).await?;
        let row = row.ok_or_else(|| StoreError::not_found("counter", "request"))?;
        Ok(RequestNumber(row.try_get_by_index(0)?))
    }

    /// A job of the lane can be claimed at that time: its worker is told after the commit.
    pub(super) fn wake(&mut self, lane: Lane, at: Timestamp) {
        self.news.of(lane, at);
    }

    pub(super) fn news_mut(&mut self) -> &mut News {
        &mut self.news
    }

    pub(super) fn seats(&self) -> &Seats {
        self.wakes.seats()
    }

    pub(super) fn db(&self) -> &Transaction {
        &self.inner
    }

    pub(super) fn db_mut(&mut self) -> &mut Transaction {
        &mut self.inner
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    pub(super) async fn execute<const N: usize>(
        &mut self,
        sql: impl Into<String>,
        values: [Value; N],
    ) -> Result<ExecResult, StoreError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.inner.execute_raw(statement).await?)
    }

    pub(super) async fn query_one<const N: usize>(
        &mut self,
        sql: impl Into<String>,
        values: [Value; N],
    ) -> Result<Option<QueryResult>, StoreError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.inner.query_one_raw(statement).await?)
    }
}
