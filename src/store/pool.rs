//! The connections and transactions that the rest of the store works with.
//!
//! Invariants: no statement waits forever, and a connection on which a statement timed out is used again only after it has
//! answered. A statement is sent a second time only if there was no connection to send it on the first time.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::RwLock;
use sea_orm::sqlx;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};

use super::costs::Meter;
use super::group_commit::{Turn, Writer};
use super::login::Login;
use super::postgres::Source;
use super::silence::{self, Silence};

/// Open connections, one for each statement or transaction at a time. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    open: Arc<RwLock<Open>>,
    /// Where new connections come from when these can no longer be used; none for a file.
    source: Option<Arc<Source>>,
    /// The turns of the writer of a file; none for a server.
    writer: Option<Writer>,
    /// How long a statement may take, including getting a connection; none for a file, which does not go silent.
    limit: Option<Duration>,
    meter: Arc<Meter>,
}

/// Connections that were made with one login.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) db: DatabaseConnection,
    pub(super) silence: Silence,
    /// How often the login had changed at that time.
    pub(super) changes: u64,
}

impl Pool {
    /// Of a file.
    pub(super) fn of_file(db: DatabaseConnection) -> Self {
        let writer = Writer::new(db.clone());
        let open = Open {
            db,
            silence: Silence::default(),
            changes: 0,
        };
        Self {
            open: Arc::new(RwLock::new(open)),
            source: None,
            writer: Some(writer),
            limit: None,
            meter: Arc::default(),
        }
    }

    /// Of a server.
    pub(super) fn of_server(source: Source, limit: Duration) -> Self {
        Self {
            open: Arc::new(RwLock::new(source.open())),
            source: Some(Arc::new(source)),
            writer: None,
            limit: Some(limit),
            meter: Arc::default(),
        }
    }

    /// The same connections, counted by `meter`.
    pub(super) fn counted_by(self, meter: &Arc<Meter>) -> Self {
        let meter = Arc::clone(meter);
        Self { meter, ..self }
    }

    /// How connections to a server log in.
    pub(super) fn login(&self) -> Option<&Login> {
        self.source.as_ref().map(|source| &source.login)
    }

    /// Its costs are counted for `place`.
    pub(super) async fn begin(&self, place: &'static Location<'static>) -> Result<Transaction, DbErr> {
        let inner = if let Some(writer) = &self.writer {
            Inner::Turn(writer.begin(&self.meter, place).await?)
        } else {
            self.meter.statement(place);
            let begin = |db: DatabaseConnection| async move {
                db.begin_with_options(TransactionOptions::default()).await
            };
            Inner::Own(self.ask(begin).await?)
        };
        Ok(Transaction {
            inner,
            limit: self.limit,
            place,
            meter: Arc::clone(&self.meter),
        })
    }

    /// Whether something was committed that recently; unknown for a server.
    pub(super) fn committed_within(&self, span: Duration) -> bool {
        self.writer
            .as_ref()
            .is_some_and(|writer| writer.committed_within(span))
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        within(self.limit, self.bare().close()).await
    }

    /// The raw connections, for APIs that need them; callers must use [`Self::within`] to stay within the limit.
    ///
    /// If one went silent all are replaced, because the driver may keep those for as long as the network retries. Work in
    /// progress on them is finished there.
    pub(super) fn bare(&self) -> DatabaseConnection {
        if let Some(source) = &self.source {
            let mut open = self.open.write();
            if open.silence.is_noted() || open.changes != source.login.changes() {
                *open = source.open();
            }
        }
        self.open.read().db.clone()
    }

    pub(super) async fn within<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.limit, answer).await
    }

    async fn ask<T, F>(&self, ask: impl Fn(DatabaseConnection) -> F) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        let before = self.login().map(Login::changes);
        let first = within(self.limit, ask(self.bare())).await;
        match (self.login(), before, first) {
            (Some(login), Some(before), Err(error)) if was_not_let_in(&error) && login.changed(before) => {
                within(self.limit, ask(self.bare())).await
            }
            (_, _, first) => first,
        }
    }
}

/// Whether the server refused a login: sea-orm reports a server error in this way only while getting a connection.
fn was_not_let_in(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(RuntimeErr::SqlxError(cause)) if matches!(**cause, sqlx::Error::Database(_)))
}

async fn within<T>(
    limit: Option<Duration>,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let Some(limit) = limit else {
        return answer.await;
    };
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        let error = sqlx::Error::Io(silence::error());
        Err(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    })
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        match self.source {
            Some(_) => DbBackend::Postgres,
            None => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.meter.read(&statement.sql);
        self.ask(|db| {
            let statement = statement.clone();
            async move { db.execute_raw(statement).await }
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.meter.read(sql);
        self.ask(|db| async move { db.execute_unprepared(sql).await })
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.meter.read(&statement.sql);
        self.ask(|db| {
            let statement = statement.clone();
            async move { db.query_one_raw(statement).await }
        })
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.meter.read(&statement.sql);
        self.ask(|db| {
            let statement = statement.clone();
            async move { db.query_all_raw(statement).await }
        })
        .await
    }
}

/// An open transaction. If it is dropped, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Transaction {
    inner: Inner,
    limit: Option<Duration>,
    /// Where in the code it began.
    place: &'static Location<'static>,
    meter: Arc<Meter>,
}

#[derive(Debug)]
enum Inner {
    /// On its own connection.
    Own(DatabaseTransaction),
    /// Its turn on the only connection that writes.
    Turn(Turn),
}

impl Transaction {
    /// After an error it is unknown whether it was committed: the answer may have been lost on the way.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Own(inner) => {
                self.meter.commit(self.place);
                within(self.limit, inner.commit()).await
            }
            Inner::Turn(turn) => turn.commit(&self.meter, self.place).await,
        }
    }

    /// Sets how long statements may take from now on.
    pub(super) fn be_patient(&mut self, limit: Duration) {
        self.limit = self.limit.map(|_| limit);
    }

    /// For APIs that need the raw transaction; callers must use [`Self::within`] to stay within the limit.
    pub(super) fn bare(&self) -> &DatabaseTransaction {
        match &self.inner {
            Inner::Own(inner) => inner,
            Inner::Turn(turn) => turn.db(),
        }
    }

    pub(super) async fn within<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.limit, answer).await
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.bare().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.meter.statement(self.place);
        within(self.limit, self.bare().execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.meter.statement(self.place);
        within(self.limit, self.bare().execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.meter.statement(self.place);
        within(self.limit, self.bare().query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.meter.statement(self.place);
        within(self.limit, self.bare().query_all_raw(statement)).await
    }
}
