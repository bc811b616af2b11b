//! A real PgBouncer between the bot and its own database.

use std::process::Output;

use apono::store::{Store, StoreError};
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{ConnectOptions, Executor, PgConnection, Row};
use sea_orm::{ConnectionTrait, Database, DbBackend};
use secrecy::ExposeSecret;
use url::Url;

use super::{change_url, target, url_of};
use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::databases::{START, fresh_postgres};
use crate::support::pgbouncer::PgBouncer;
use crate::support::process::apono;

const REFUSED: &str = "its address points to a pooler that gives each transaction a different server session; use the server itself in `[database] url`, or a pool in session mode (for PgBouncer: `pool_mode = session`)";

/// Where the URL leads through the pooler.
fn through(pooler: &PgBouncer, url: &Url) -> Url {
    let database = url.path().trim_start_matches('/');
    pooler.url(database).expose_secret().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_in_transaction_or_statement_mode_is_refused_however_busy_it_is() {
    for settings in [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 5",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = statement",
    ] {
        let Some(pooler) = PgBouncer::start(settings) else {
            return;
        };
        let url = through(&pooler, &url_of(&fresh_postgres().await.unwrap()));
        let busy: Vec<_> = (0..4).map(|_| tokio::spawn(keep_busy(url.clone()))).collect();
        for _ in 0..20 {
            let opened = Store::open(&target(&url)).await.map(|_| ());
            assert_eq!(opened, Err(StoreError::SharedSessions), "{settings}");
        }
        for client in busy {
            assert!(!client.is_finished(), "nobody kept the pool busy");
            client.abort();
        }
    }
    assert_eq!(StoreError::SharedSessions.to_string(), REFUSED);
}

/// PgBouncer refuses startup parameters it does not know.
async fn client(url: &Url) -> PgConnection {
    let options: PgConnectOptions = url.as_str().parse().unwrap();
    options.extra_float_digits(None).connect().await.unwrap()
}

/// Asks something without end.
async fn keep_busy(url: Url) {
    let mut client = client(&url).await;
    loop {
        client.execute("SELECT count(*) FROM pg_class").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_does_not_start_on_a_pool_in_transaction_mode_and_says_what_to_do() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        let Some(pooler) = PgBouncer::start("pool_mode = transaction") else {
            return;
        };
        let path = ctx.folder.path().join("database_url");
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, through(&pooler, &before.parse().unwrap()).as_str()).unwrap();
        let ran = cli(ctx, &["run"]);
        assert!(!ran.status.success());
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(said.ends_with(&format!("the database: {REFUSED}\n")), "{said}");
        let checked = cli(ctx, &["check", "--online"]);
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(
            said.contains(&format!(
                "problem  database: the database cannot be used: {REFUSED}"
            )),
            "{said}"
        );
        std::fs::write(&path, before).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_in_session_mode_serves_the_bot_as_the_server_itself_does() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        let Some(pooler) = PgBouncer::start("pool_mode = session") else {
            return;
        };
        let path = ctx.folder.path().join("database_url");
        let before = std::fs::read_to_string(&path).unwrap();
        change_url(ctx, |url| *url = through(&pooler, url)).await;
        let number = ctx.granted("2h").await;
        ctx.says("dana", &format!("revoke {number}")).await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        ctx.quiet().await;
        ctx.stop().await;
        std::fs::write(&path, before).unwrap();
        ctx.run().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_and_a_verification_leave_no_setting_behind_on_a_pooled_session() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        let path = ctx.folder.path().join("database_url");
        let before = std::fs::read_to_string(&path).unwrap();
        ctx.quiet().await;
        for mode in ["session", "transaction"] {
            // Nothing clears a session up when a client has gone.
            let settings = format!("pool_mode = {mode}\nserver_reset_query =");
            let Some(pooler) = PgBouncer::start(&settings) else {
                return;
            };
            let url = through(&pooler, &before.parse().unwrap());
            std::fs::write(&path, url.as_str()).unwrap();
            let (checked, verified) = (cli(ctx, &["check", "--online"]), cli(ctx, &["audit", "verify"]));
            let said = String::from_utf8(checked.stdout).unwrap();
            if mode == "session" {
                assert!(said.contains("database: its schema is up to date"), "{said}");
                assert!(verified.status.success(), "{verified:?}");
            } else {
                assert!(said.contains(REFUSED), "{said}");
            }
            assert_eq!(left_behind(&url).await, Vec::<String>::new(), "{mode}");
        }
        std::fs::write(&path, before).unwrap();
    })
    .await;
}

/// What the sessions of the pool have set, as a client finds them that comes afterwards.
async fn left_behind(url: &Url) -> Vec<String> {
    let mut clients = Vec::new();
    let mut left = Vec::new();
    for _ in 0..8 {
        let mut client = client(url).await;
        // A session that is in a transaction stays with its client, so that the next one gets another.
        client.execute("BEGIN").await.unwrap();
        let set = "SELECT name || ' = ' || setting FROM pg_settings WHERE source = 'session' AND name NOT IN
                   ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'extra_float_digits', 'transaction_isolation',
                    'transaction_read_only', 'transaction_deferrable') UNION ALL
                   SELECT 'application_name = apono' WHERE current_setting('application_name') = 'apono' UNION ALL
                   SELECT 'read only' WHERE current_setting('transaction_read_only') = 'on'";
        let rows = client.fetch_all(set).await.unwrap();
        left.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        clients.push(client);
    }
    left
}

/// Runs the binary on the bot's config.
fn cli(ctx: &Context, words: &[&str]) -> Output {
    let mut command = apono(words);
    command.arg("--config").arg(ctx.config_path());
    tokio::task::block_in_place(|| command.output()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_opened_for_reading_cannot_write_and_sets_nothing() {
    let Some(ours) = fresh_postgres().await else {
        return;
    };
    let store = Store::open(&ours).await.unwrap();
    store.migrate(START).await.unwrap();
    store.close().await.unwrap();
    let Some(pooler) = PgBouncer::start("pool_mode = session\nserver_reset_query =") else {
        return;
    };
    let url = through(&pooler, &url_of(&ours));
    let reader = Store::open_for_reading(&target(&url)).await.unwrap();
    reader.audit_verify().await.unwrap().unwrap();
    let seen = Database::connect(url_of(&ours).as_str()).await.unwrap();
    let sql = "SELECT count(*) FILTER (WHERE state = 'idle in transaction') - count(*) FILTER (WHERE state = 'idle') * 100
               FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'apono'";
    let statement = sea_orm::Statement::from_string(DbBackend::Postgres, sql);
    let row = seen.query_one_raw(statement).await.unwrap().unwrap();
    let reading: i64 = row.try_get_by_index(0).unwrap();
    assert!(reading > 0, "it reads in transactions alone");
    seen.close().await.unwrap();
    reader.close().await.unwrap();
    assert_eq!(left_behind(&url).await, Vec::<String>::new());
}
