//! A fresh, migrated database for each test, of both kinds: `on_both(async |db| ...)`.

use std::sync::atomic::{AtomicU32, Ordering};

use apono::access::time::Timestamp;
use apono::store::{DatabaseTarget, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::postgres_server;

/// The business time at which test databases are made.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// An open store, and a way past it for tests that have to do what the store never does.
pub(crate) struct TestDatabase {
    pub(crate) target: DatabaseTarget,
    pub(crate) store: Store,
    raw: DatabaseConnection,
    _folder: Option<TempDir>,
}

/// Runs the test on SQLite and then on PostgreSQL, where that is installed.
pub(crate) async fn on_both(test: impl AsyncFn(&TestDatabase)) {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::Sqlite(folder.path().join("apono.db"));
    run(&test, target, Some(folder)).await;
    if let Some(target) = fresh_postgres().await {
        run(&test, target, None).await;
    }
}

async fn run(test: &impl AsyncFn(&TestDatabase), target: DatabaseTarget, folder: Option<TempDir>) {
    let store = Store::open(&target).await.unwrap();
    store.migrate(START).await.unwrap();
    let url = match &target {
        DatabaseTarget::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseTarget::Postgres(url) => url.expose_secret().to_owned(),
    };
    let raw = Database::connect(url).await.unwrap();
    let database = TestDatabase {
        target,
        store,
        raw,
        _folder: folder,
    };
    test(&database).await;
    database.store.close().await.unwrap();
}

/// A PostgreSQL database that nobody else uses; `None` where the server is not installed.
pub(crate) async fn fresh_postgres() -> Option<DatabaseTarget> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = postgres_server::shared()?;
    let name = format!("store_{}", MADE.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(server.superuser_url("postgres").expose_secret())
        .await
        .unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    Some(DatabaseTarget::Postgres(server.superuser_url(&name)))
}

impl TestDatabase {
    /// Whether this is the run on SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.target, DatabaseTarget::Sqlite(_))
    }

    /// Runs a statement past the store.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        self.raw.execute_unprepared(sql).await.map(|_| ())
    }

    /// Reads rows past the store.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_all_raw(statement).await.unwrap()
    }

    /// Reads one number past the store.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}
