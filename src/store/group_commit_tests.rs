//! Changes that share a commit: what each of them is told, and what is stored afterwards.

use std::pin::Pin;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sea_orm::{ConnectionTrait, DbBackend, SqlxSqliteConnector, Statement};

use super::*;

/// Numbers in a table, each committed by its own change.
struct Table {
    _folder: tempfile::TempDir,
    db: DatabaseConnection,
    writer: Writer,
    meter: Arc<Meter>,
}

impl Table {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("a.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let write = PoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone());
        let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(write.await.unwrap());
        let read = PoolOptions::new().max_connections(1).connect_with(options);
        let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(read.await.unwrap());
        for sql in [
            "CREATE TABLE number (n INTEGER PRIMARY KEY)",
            "CREATE TRIGGER fault AFTER INSERT ON number WHEN NEW.n = 13
             BEGIN SELECT RAISE(ROLLBACK, 'a fault'); END",
        ] {
            write.execute_unprepared(sql).await.unwrap();
        }
        Self {
            _folder: folder,
            db,
            writer: Writer::new(write),
            meter: Arc::default(),
        }
    }

    async fn begin(&self) -> Turn {
        self.writer.begin(&self.meter, Location::caller()).await.unwrap()
    }

    async fn commit(&self, turn: Turn) -> Result<(), DbErr> {
        turn.commit(&self.meter, Location::caller()).await
    }

    /// What others see.
    async fn numbers(&self) -> Vec<i64> {
        let sql = "SELECT n FROM number ORDER BY n";
        let rows = self
            .db
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql));
        let rows = rows.await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

async fn insert(turn: &Turn, n: i64) -> Result<(), DbErr> {
    let sql = format!("INSERT INTO number VALUES ({n})");
    turn.db().execute_unprepared(&sql).await.map(drop)
}

/// Begins after `first` has the turn, so it has to wait; reports once it is waiting.
macro_rules! waits {
    ($change:expr) => {{
        let mut change = Box::pin($change);
        assert!(futures_util::poll!(&mut change).is_pending());
        change
    }};
}

/// A finished change that inserted 1, and one that has the turn now; neither is committed yet.
async fn one_behind_another(table: &Table) -> (Pin<Box<impl Future<Output = Result<(), DbErr>>>>, Turn) {
    let first = table.begin().await;
    insert(&first, 1).await.unwrap();
    let second = waits!(table.begin());
    let first = waits!(table.commit(first));
    (first, second.await)
}

#[tokio::test]
async fn a_change_that_nobody_waits_behind_is_committed_at_once() {
    let table = Table::new().await;
    let turn = table.begin().await;
    insert(&turn, 1).await.unwrap();
    assert_eq!(table.numbers().await, [0_i64; 0]);
    table.commit(turn).await.unwrap();
    assert_eq!(table.numbers().await, [1]);
}

#[tokio::test]
async fn nobody_hears_of_a_commit_before_the_one_that_holds_all() {
    let table = Table::new().await;
    let first = table.begin().await;
    insert(&first, 1).await.unwrap();
    let second = waits!(table.begin());
    let mut first = waits!(table.commit(first));
    let second = second.await;
    insert(&second, 2).await.unwrap();
    assert!(futures_util::poll!(&mut first).is_pending());
    assert_eq!(table.numbers().await, [0_i64; 0]);
    let (first, second) = tokio::join!(first, table.commit(second));
    first.unwrap();
    second.unwrap();
    assert_eq!(table.numbers().await, [1, 2]);
}

#[tokio::test]
async fn a_change_that_is_dropped_takes_no_other_with_it() {
    let table = Table::new().await;
    let (first, second) = one_behind_another(&table).await;
    insert(&second, 2).await.unwrap();
    let third = waits!(table.begin());
    drop(second);
    let third = third.await;
    insert(&third, 3).await.unwrap();
    let (first, third) = tokio::join!(first, table.commit(third));
    first.unwrap();
    third.unwrap();
    assert_eq!(table.numbers().await, [1, 3]);
}

#[tokio::test]
async fn a_change_whose_caller_is_gone_is_committed_all_the_same() {
    let table = Table::new().await;
    let (first, second) = one_behind_another(&table).await;
    drop(first);
    table.commit(second).await.unwrap();
    assert_eq!(table.numbers().await, [1]);
}

#[tokio::test]
async fn a_constraint_refuses_one_change_and_no_other() {
    let table = Table::new().await;
    let (first, second) = one_behind_another(&table).await;
    insert(&second, 1).await.unwrap_err();
    drop(second);
    first.await.unwrap();
    assert_eq!(table.numbers().await, [1]);
}

#[tokio::test]
async fn if_sqlite_rolls_back_by_itself_everybody_hears_of_an_error() {
    let table = Table::new().await;
    let (first, second) = one_behind_another(&table).await;
    insert(&second, 13).await.unwrap_err();
    // A caller that ignores the error and continues is told at the end.
    let third = waits!(table.begin());
    let (first, second) = tokio::join!(first, table.commit(second));
    first.unwrap_err();
    second.unwrap_err();
    let third = third.await;
    insert(&third, 3).await.unwrap();
    table.commit(third).await.unwrap();
    assert_eq!(table.numbers().await, [3]);
}

#[tokio::test]
async fn if_sqlite_rolls_back_by_itself_under_a_change_that_is_dropped_everybody_hears_of_an_error() {
    let table = Table::new().await;
    let (first, second) = one_behind_another(&table).await;
    insert(&second, 13).await.unwrap_err();
    drop(second);
    first.await.unwrap_err();
    assert_eq!(table.numbers().await, [0_i64; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_to_be_committed_is_there_and_nothing_else() {
    let table = Arc::new(Table::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 100..400_i64 {
        let table = Arc::clone(&table);
        tasks.spawn(async move {
            let turn = table.begin().await;
            insert(&turn, n).await.unwrap();
            match n % 3 {
                0 => None,
                _ => table.commit(turn).await.is_ok().then_some(n),
            }
        });
    }
    let mut said: Vec<i64> = tasks.join_all().await.into_iter().flatten().collect();
    said.sort_unstable();
    assert_eq!(said.len(), 200);
    assert_eq!(table.numbers().await, said);
}
