//! Changes that are ready together share one commit, where the database has one writer: a change that is finished while
//! others wait for their turn leaves the transaction open for them, each with a savepoint of its own, and the last of them
//! commits for all.
//!
//! Invariants: nobody hears that a change is committed before the commit that holds it; a change that is dropped, at
//! whatever point, takes no other with it; if what others finished may be lost, all of them hear of an error.

use std::mem;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::connect::ACQUIRE_TIMEOUT;
use super::costs::Meter;

/// Most changes in one commit; it bounds how long the first of them waits.
const MOST: usize = 32;

/// The one writer of a database, taken in turns, first come first served.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    db: DatabaseConnection,
    turn: Arc<Mutex<Option<Group>>>,
    committed_at: Arc<RwLock<Option<Instant>>>,
}

/// An open transaction, and whose changes it holds.
#[derive(Debug)]
struct Group {
    inner: DatabaseTransaction,
    /// Those who finished, and hear of the commit.
    finished: Vec<oneshot::Sender<Result<(), DbErr>>>,
    /// The savepoint of a change that is not finished; the first change has none.
    unfinished: Option<String>,
    /// How many savepoints there were, so that each has a name of its own.
    savepoints: u32,
}

/// The turn of one change. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Turn {
    group: OwnedMutexGuard<Option<Group>>,
    writer: Writer,
    is_finished: bool,
}

impl Writer {
    pub(super) fn new(db: DatabaseConnection) -> Self {
        Self {
            db,
            turn: Arc::default(),
            committed_at: Arc::default(),
        }
    }

    /// Whether something was committed so lately.
    pub(super) fn committed_within(&self, span: Duration) -> bool {
        let committed_at = self.committed_at.read();
        committed_at.is_some_and(|at| at.elapsed() < span)
    }

    /// Waits for the turn, as long as for a connection.
    pub(super) async fn begin(
        &self,
        meter: &Arc<Meter>,
        place: &'static Location<'static>,
    ) -> Result<Turn, DbErr> {
        let turn = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.turn).lock_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let (writer, meter) = (self.clone(), Arc::clone(meter));
        // In a task of its own: a caller that is cancelled must not leave a statement half done among the changes of others.
        finished(tokio::spawn(
            async move { writer.open(turn, &meter, place).await },
        ))
        .await
    }

    async fn open(
        self,
        mut turn: OwnedMutexGuard<Option<Group>>,
        meter: &Meter,
        place: &'static Location<'static>,
    ) -> Result<Turn, DbErr> {
        undo_unfinished(&mut turn).await;
        meter.statement(place);
        match turn.as_mut() {
            None => {
                let options = TransactionOptions {
                    // A deferred transaction that reads first fails when a tool from outside writes in between.
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                *turn = Some(Group {
                    inner: self.db.begin_with_options(options).await?,
                    finished: Vec::new(),
                    unfinished: None,
                    savepoints: 0,
                });
            }
            Some(group) => {
                group.savepoints += 1;
                let name = format!("change_{}", group.savepoints);
                group
                    .inner
                    .execute_unprepared(&format!("SAVEPOINT {name}"))
                    .await?;
                group.unfinished = Some(name);
            }
        }
        Ok(Turn {
            group: turn,
            writer: self,
            is_finished: false,
        })
    }
}

impl Turn {
    pub(super) fn db(&self) -> &DatabaseTransaction {
        let group = self.group.as_ref();
        &group.expect("a turn holds its group until it is finished").inner
    }

    /// Returns after the commit, which may be that of a later change.
    pub(super) async fn commit(
        self,
        meter: &Arc<Meter>,
        place: &'static Location<'static>,
    ) -> Result<(), DbErr> {
        let (meter, committed_at) = (Arc::clone(meter), Arc::clone(&self.writer.committed_at));
        finished(tokio::spawn(async move { self.finish(&meter, place).await })).await?;
        *committed_at.write() = Some(Instant::now());
        Ok(())
    }

    async fn finish(mut self, meter: &Meter, place: &'static Location<'static>) -> Result<(), DbErr> {
        let (tell, mut told) = oneshot::channel();
        let Some(group) = self.group.as_mut() else {
            return Err(lost());
        };
        if let Some(name) = &group.unfinished {
            meter.statement(place);
            // It fails if SQLite rolled everything back by itself: then this change is lost, with those before it.
            let release = format!("RELEASE SAVEPOINT {name}");
            if let Err(error) = group.inner.execute_unprepared(&release).await {
                give_up(&mut self.group);
                return Err(error);
            }
            group.unfinished = None;
        }
        group.finished.push(tell);
        self.is_finished = true;
        if group.finished.len() < MOST {
            let turn = Arc::clone(&self.writer.turn);
            drop(self);
            // Whoever waited already goes first. If none of them commits for all, this one does.
            let mut group = tokio::select! {
                biased;
                outcome = &mut told => return outcome.unwrap_or_else(|_| Err(lost())),
                group = turn.lock_owned() => group,
            };
            undo_unfinished(&mut group).await;
            commit(&mut group, meter, place).await;
        } else {
            commit(&mut self.group, meter, place).await;
        }
        told.await.unwrap_or_else(|_| Err(lost()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let nobody_finished = |group: &Group| group.finished.is_empty();
        if !self.is_finished && self.group.as_ref().is_some_and(nobody_finished) {
            // Dropped, the transaction is rolled back.
            *self.group = None;
        }
    }
}

/// Takes back what a change did that was dropped. If that fails nobody knows what stands, and nothing does.
async fn undo_unfinished(turn: &mut OwnedMutexGuard<Option<Group>>) {
    let Some(group) = turn.as_mut() else { return };
    let Some(name) = group.unfinished.take() else {
        return;
    };
    let undo = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
    if let Err(error) = group.inner.execute_unprepared(&undo).await {
        tracing::error!(%error, "a change could not be taken back alone");
        give_up(turn);
    }
}

/// Rolls everything back; those who finished hear that they are lost.
fn give_up(turn: &mut OwnedMutexGuard<Option<Group>>) {
    if let Some(mut group) = turn.take() {
        for tell in mem::take(&mut group.finished) {
            // Whoever does not wait any more was given up.
            let _ = tell.send(Err(lost()));
        }
    }
}

/// Commits for all who finished, and tells them.
async fn commit(turn: &mut OwnedMutexGuard<Option<Group>>, meter: &Meter, place: &'static Location<'static>) {
    let Some(group) = turn.take() else { return };
    meter.commit(place);
    let outcome = group.inner.commit().await;
    for tell in group.finished {
        let _ = tell.send(outcome.clone());
    }
}

async fn finished<T>(task: tokio::task::JoinHandle<Result<T, DbErr>>) -> Result<T, DbErr> {
    task.await.unwrap_or_else(|_| Err(lost()))
}

fn lost() -> DbErr {
    DbErr::Custom("what was changed together with others was lost with them".to_owned())
}

#[cfg(test)]
#[path = "group_commit_tests.rs"]
mod tests;
