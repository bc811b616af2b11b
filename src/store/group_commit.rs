//! If the database has one writer, changes that are ready together share one commit: a change that finishes while others are
//! waiting for their turn leaves the transaction open for them. Each gets its own savepoint, and the last one commits for all.
//!
//! Invariants: nobody is told that a change is committed before the commit that contains it; a change that is dropped, at any
//! point, does not affect the others; if finished changes may be lost, all of them get an error.

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

/// The maximum number of changes in one commit; this bounds how long the first one waits.
const MOST: usize = 32;

/// The database's only writer, taken in turns, first come, first served.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    db: DatabaseConnection,
    turn: Arc<Mutex<Option<Group>>>,
    committed_at: Arc<RwLock<Option<Instant>>>,
}

/// An open transaction, and the changes in it.
#[derive(Debug)]
struct Group {
    inner: DatabaseTransaction,
    /// Those that finished and are told of the commit.
    finished: Vec<oneshot::Sender<Result<(), DbErr>>>,
    /// The savepoint of an unfinished change; the first change has none.
    unfinished: Option<String>,
    /// The number of savepoints so far, so each gets a unique name.
    savepoints: u32,
}

/// The turn of one change. If it is dropped before it is finished, it leaves nothing behind.
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

    /// Whether something was committed that recently.
    pub(super) fn committed_within(&self, span: Duration) -> bool {
        let committed_at = self.committed_at.read();
        committed_at.is_some_and(|at| at.elapsed() < span)
    }

    /// Waits for the turn, as long as one waits for a connection.
    pub(super) async fn begin(
        &self,
        meter: &Arc<Meter>,
        place: &'static Location<'static>,
    ) -> Result<Turn, DbErr> {
        let turn = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.turn).lock_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let (writer, meter) = (self.clone(), Arc::clone(meter));
        // In a separate task: a cancelled caller must not leave a half-finished statement among the changes of others.
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
                    // A deferred transaction that reads first fails if an external tool writes in between.
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
        &group.expect("a turn keeps its group until it is finished").inner
    }

    /// Returns after the commit, which may be made by a later change.
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
            // It fails if SQLite has rolled everything back on its own: then this change is lost, along with those before it.
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
            // Those that are already waiting go first. If none of them commits for all, this one does.
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
            // Dropping the transaction rolls it back.
            *self.group = None;
        }
    }
}

/// Undoes a change that was dropped. If that fails, the state is unknown, so everything is rolled back.
async fn undo_unfinished(turn: &mut OwnedMutexGuard<Option<Group>>) {
    let Some(group) = turn.as_mut() else { return };
    let Some(name) = group.unfinished.take() else {
        return;
    };
    let undo = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
    if let Err(error) = group.inner.execute_unprepared(&undo).await {
        tracing::error!(%error, "a change could not be undone separately");
        give_up(turn);
    }
}

/// Rolls everything back; those that finished are told that their changes are lost.
fn give_up(turn: &mut OwnedMutexGuard<Option<Group>>) {
    if let Some(mut group) = turn.take() {
        for tell in mem::take(&mut group.finished) {
            // A receiver that is gone was cancelled.
            let _ = tell.send(Err(lost()));
        }
    }
}

/// Commits for all that finished, and tells them.
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
    DbErr::Custom("the change was lost together with others in its commit".to_owned())
}

#[cfg(test)]
#[path = "group_commit_tests.rs"]
mod tests;
