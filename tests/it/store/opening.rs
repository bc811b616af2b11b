//! Opening a database: one process at a time on SQLite, durable commits, and no step back to an older version.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use apono::store::{DatabaseTarget, Store, StoreError};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::fixtures::later;
use crate::support::databases::{fresh_postgres, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn migrating_again_changes_nothing() {
    on_both(async |db| {
        let (install, head) = (db.store.install().await.unwrap(), db.store.head().await.unwrap());
        db.store.migrate(later(9)).await.unwrap();
        assert_eq!(
            (db.store.install().await.unwrap(), db.store.head().await.unwrap()),
            (install, head)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_a_newer_version_migrated_is_refused() {
    on_both(async |db| {
        db.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m0099_later', 0)")
            .await
            .unwrap();
        let newer = Err(StoreError::Newer("m0099_later".to_owned()));
        assert_eq!(db.store.migrate(later(9)).await, newer);
        assert_eq!(Store::open_for_reading(&db.target).await.map(|_| ()), newer);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_may_look_at_a_sqlite_database_but_not_run_on_it() {
    on_both(async |db| {
        if !db.is_sqlite() {
            return;
        }
        let second = Store::open(&db.target).await;
        assert!(matches!(second, Err(StoreError::InUse(_))), "{second:?}");
        let reader = Store::open_for_reading(&db.target).await.unwrap();
        reader.audit_verify().await.unwrap().unwrap();
        reader.close().await.unwrap();
        db.store.close().await.unwrap();
        let next = Store::open(&db.target).await.unwrap();
        next.close().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_for_reading_does_not_write() {
    on_both(async |db| {
        let reader = Store::open_for_reading(&db.target).await.unwrap();
        let shown = format!("{reader:?}");
        assert!(!shown.contains("://"), "{shown}");
        assert!(matches!(reader.write().await, Err(StoreError::Unavailable(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_migrate_one_database_at_once_make_one_install() {
    on_both(async |db| {
        if db.is_sqlite() {
            return;
        }
        let target = fresh_postgres().await.unwrap();
        let mut replicas = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let target = target.clone();
            replicas.spawn(async move {
                let store = Store::open(&target).await.unwrap();
                store.migrate(later(0)).await.unwrap();
                (store.install().await.unwrap(), store.head().await.unwrap())
            });
        }
        let mut seen = replicas.join_all().await;
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
    })
    .await;
}

#[tokio::test]
async fn a_database_without_a_schema_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::Sqlite(folder.path().join("apono.db"));
    Store::open(&target).await.unwrap();
    let read = Store::open_for_reading(&target).await.map(|_| ());
    assert_eq!(read, Err(StoreError::NotMigrated));
}

#[tokio::test]
async fn not_even_the_finest_trace_holds_the_password() {
    let Some(target) = fresh_postgres().await else {
        return;
    };
    let DatabaseTarget::Postgres(url) = &target else {
        panic!("{target:?} is no PostgreSQL")
    };
    let url = url::Url::parse(url.expose_secret()).unwrap();
    let trace = Trace::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(trace.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let store = Store::open(&target).await.unwrap();
    store.migrate(later(0)).await.unwrap();
    store.close().await.unwrap();
    assert!(
        !format!("{store:?}").contains(url.password().unwrap()),
        "{store:?}"
    );
    let text = String::from_utf8(trace.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("migration"), "the trace is empty: {text}");
    assert!(!text.contains(url.password().unwrap()), "{text}");
}

/// Keeps what is traced.
#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Trace {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn an_error_never_holds_the_address() {
    let missing = DatabaseTarget::Sqlite(PathBuf::from("/nonexistent/apono.db"));
    let error = Store::open(&missing).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    for url in [
        "postgres://bot:hunter2@127.0.0.1:1/apono",
        "postgres://bot:hunter2@host:notaport/apono",
        "post gres://bot:hunter2@",
    ] {
        let target = DatabaseTarget::Postgres(SecretString::from(url));
        let error = Store::open(&target).await.unwrap_err();
        let text = format!("{error} {error:?} {target:?}");
        assert!(!text.contains("hunter2") && !text.contains("bot:"), "{text}");
    }
}
