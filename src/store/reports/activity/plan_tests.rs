//! No filter and no pair of filters reads more of a table than ranges of its indexes, on both databases: every statement that
//! a page sends is recorded, and the database explains it.

use std::collections::HashSet;

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use secrecy::ExposeSecret;

use super::super::super::pool::Pool;
use super::super::super::{DatabaseTarget, Store};
use super::super::page::Page;
use super::plan::numbers;
use crate::access::filter::{DecidedBy, Filter, Span, Status};
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::access::usage::Used;
use crate::throwaway_postgres::{ThrowawayError, ThrowawayPostgres};

/// Requests, one a minute.
const COUNT: i64 = 3_000;

#[tokio::test]
async fn a_page_reads_ranges_of_indexes_alone_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apono.db");
    let store = Store::open(&DatabaseTarget::Sqlite(path.clone())).await.unwrap();
    filled(&store).await;
    let mut raw = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let mut unbounded = Vec::new();
    for (what, statement) in sent(&store).await {
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = raw.fetch_all(sql).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let scans =
            |line: &String| line.starts_with("SCAN") && !ON_ITS_WAY.iter().any(|fine| line.contains(fine));
        // Those that were found before are few.
        let sorts = |line: &String| line.contains("ORDER BY") && !statement.contains("json_each");
        if plan.iter().any(|line| scans(line) || sorts(line)) {
            unbounded.push(format!("{what}\n{statement}\n{plan:#?}"));
        }
    }
    assert!(
        unbounded.is_empty(),
        "{} in all, such as {}",
        unbounded.len(),
        unbounded[0]
    );
}

/// Scans that read no table: numbers that were found before, a subquery that is bounded itself, terms that were found one after the
/// other, and an index read from its end until the first row.
const ON_ITS_WAY: [&str; 4] = ["SCAN n VIRTUAL TABLE", "SCAN counted", "SCAN w", "request_lag"];

#[tokio::test]
async fn a_page_reads_ranges_of_indexes_alone_and_is_right_on_postgresql() {
    let server = match ThrowawayPostgres::start() {
        Ok(server) => server,
        Err(ThrowawayError::NotInstalled)
            if std::env::var_os("APONO_REQUIRE_POSTGRES").is_none_or(|value| value != "1") =>
        {
            return eprintln!("left out: {}", ThrowawayError::NotInstalled);
        }
        Err(error) => panic!("{error}"),
    };
    let url = server.superuser_url("postgres");
    let store = Store::open(&DatabaseTarget::Postgres(url.clone())).await.unwrap();
    filled(&store).await;
    pairs_are_right(&store).await;
    let mut raw = PgConnection::connect(url.expose_secret()).await.unwrap();
    // A table this small is read as a whole unless that is forbidden; then it is, if no index serves.
    raw.execute("ANALYZE; SET enable_seqscan = off").await.unwrap();
    let mut unbounded = Vec::new();
    for (what, statement) in sent(&store).await {
        let rows = raw
            .fetch_all(AssertSqlSafe(format!("EXPLAIN {statement}")))
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let reads_all = |(place, line): (usize, &String)| {
            let below = plan.get(place + 1).map_or("", |line| line.trim());
            let whole_index =
                line.contains("Index") && line.contains(" using ") || line.contains("Bitmap Index Scan");
            line.contains("Seq Scan")
                || whole_index && !below.starts_with("Index Cond") && !line.contains("request_lag")
        };
        if plan.iter().enumerate().any(reads_all) {
            unbounded.push(format!("{what}\n{statement}\n{plan:#?}"));
        }
    }
    assert!(
        unbounded.is_empty(),
        "{} in all, such as {}",
        unbounded.len(),
        unbounded[0]
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn two_filters_let_through_what_each_of_them_does_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apono.db");
    let store = Store::open(&DatabaseTarget::Sqlite(path)).await.unwrap();
    filled(&store).await;
    pairs_are_right(&store).await;
}

/// Each alone is read along its own index, and both in one of several ways.
async fn pairs_are_right(store: &Store) {
    let found = async |filter: &Filter, page, limit| {
        numbers(store.reader(), &Reader::operator(), filter, page, limit)
            .await
            .unwrap()
    };
    for (name, one) in &filters() {
        let ones: HashSet<i64> = found(one, Page::First, 10_000).await.into_iter().collect();
        for (other_name, other) in &filters() {
            let both = both(one, other);
            if both == *other {
                // Both are of one kind.
                continue;
            }
            let mut all = found(other, Page::First, 10_000).await;
            all.retain(|number| ones.contains(number));
            let first: Vec<i64> = all.iter().copied().take(51).collect();
            assert_eq!(
                found(&both, Page::First, 51).await,
                first,
                "{name} and {other_name}"
            );
            all.reverse();
            assert_eq!(
                found(&both, Page::After(0), 10_000).await,
                all,
                "{name} and {other_name}"
            );
        }
    }
}

/// Every kind of filter, under its name.
fn filters() -> Vec<(&'static str, Filter)> {
    let time = |minute: i64| Some(Timestamp::from_seconds(minute * 60));
    let span = Span {
        from: time(1_000),
        to: time(1_500),
    };
    let person = |number: i64| Some(PersonId::new(format!("person-{number}")));
    let with = |name, change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        (name, filter)
    };
    vec![
        with("person", &|filter| filter.person = person(1)),
        with("requester", &|filter| filter.requester = person(2)),
        with("grantee", &|filter| filter.grantee = person(3)),
        with("approver", &|filter| filter.approver = person(4)),
        with("integration", &|filter| {
            filter.integration = Some("i1".to_owned());
        }),
        with("resource", &|filter| filter.resource = Some("r1".to_owned())),
        with("permission", &|filter| {
            filter.permission = Some("write".to_owned());
        }),
        with("flow", &|filter| filter.flow = Some("f1".to_owned())),
        with("one status", &|filter| filter.status = vec![Status::Lapsed]),
        with("several statuses", &|filter| {
            filter.status = vec![Status::Granted, Status::Expired];
        }),
        with("decided by", &|filter| {
            filter.decided_by = Some(DecidedBy::Automatic);
        }),
        with("used", &|filter| filter.used = Some(Used::NotSeen)),
        with("created", &|filter| {
            (filter.from, filter.to) = (span.from, span.to);
        }),
        with("decided", &|filter| filter.decided = span),
        with("granted", &|filter| filter.granted = span),
        with("ended", &|filter| filter.ended = span),
        with("live", &|filter| {
            filter.live = Span::at(Timestamp::from_seconds(60_000));
        }),
        with("text", &|filter| filter.text = Some("deplo".to_owned())),
        with("rare text", &|filter| filter.text = Some("ticket 77".to_owned())),
    ]
}

/// Both filters together; the second one's part counts where they are of one kind.
fn both(one: &Filter, other: &Filter) -> Filter {
    let mut both = serde_json::to_value(one).unwrap();
    let other = serde_json::to_value(other).unwrap();
    let fields = both.as_object_mut().unwrap();
    fields.extend(other.as_object().unwrap().clone());
    serde_json::from_value(both).unwrap()
}

/// What is sent for each filter and each pair, for readers of everything and for somebody who reads their own.
async fn sent(store: &Store) -> Vec<(String, String)> {
    let recorder = Recorder {
        pool: store.reader(),
        sent: Mutex::default(),
    };
    let readers = [Reader::operator(), Reader::own(PersonId::new("person-5"))];
    let mut all = Vec::new();
    for (name, one) in &filters() {
        for (other_name, other) in &filters() {
            for (reader, page) in readers.iter().zip([Page::Before(2_900), Page::After(1)]) {
                numbers(&recorder, reader, &both(one, other), page, 51)
                    .await
                    .unwrap();
                let what = format!("{name} and {other_name}");
                all.extend(recorder.sent.lock().drain(..).map(|sql| (what.clone(), sql)));
            }
        }
    }
    numbers(&recorder, &readers[0], &Filter::default(), Page::First, 51)
        .await
        .unwrap();
    all.extend(
        recorder
            .sent
            .lock()
            .drain(..)
            .map(|sql| ("everything".to_owned(), sql)),
    );
    assert!(all.len() > 1_000);
    all.sort();
    all.dedup_by(|one, other| one.1 == other.1);
    all
}

/// Passes statements on, and keeps them.
struct Recorder<'s> {
    pool: &'s Pool,
    sent: Mutex<Vec<String>>,
}

#[async_trait]
impl ConnectionTrait for Recorder<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.sent.lock().push(statement.to_string());
        self.pool.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.sent.lock().push(statement.to_string());
        self.pool.query_all_raw(statement).await
    }
}

/// Requests as an earlier version left them, then migrated.
async fn filled(store: &Store) {
    store.migrate(Timestamp::from_seconds(1)).await.unwrap();
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {COUNT})"
    );
    let mut tx = store.write().await.unwrap();
    for sql in [
        "INSERT INTO person (id, created_at) SELECT 'person-' || i, 1 FROM n WHERE i <= 50",
        "INSERT INTO submission (id, person_id, created_at) SELECT 's' || i, 'person-' || (i % 50 + 1), i FROM n",
        "INSERT INTO words (id, salt, body) SELECT 'w' || i, 'salt', 'deploy ticket ' || i FROM n",
        "INSERT INTO request (id, number, submission_id, requester_id, grantee_id, integration, kind, resource_type, flows,
           policy_digest, duration_us, justification_id, state, reason_kind, version, created_at, changed_at, answer_due)
         SELECT 'q' || i, i, 's' || i, 'person-' || (i % 50 + 1), 'person-' || (i % 49 + 1), 'i' || (i % 3), 'ssh', 'Host',
           '[\"f' || (i % 3) || '\"]', '', 60000000, 'w' || i,
           CASE WHEN i > 2950 THEN 'granted' WHEN i % 10 = 0 THEN 'rejected' ELSE 'expired' END,
           CASE WHEN i % 10 = 0 AND i <= 2950 THEN 'lapsed' END, 1, i * 60000000, i * 60000000, i FROM n",
        "INSERT INTO request_unit (request_id, position, resource_id, resource_name, permission)
         SELECT 'q' || i, 0, 'r', 'r' || (i % 30), CASE WHEN i % 2 = 0 THEN 'read' ELSE 'write' END FROM n",
        "INSERT INTO decision (id, request_id, person_id, verdict, decided_as, decided_at, counts)
         SELECT 'd' || i, 'q' || i, 'person-' || (i % 7 + 1), 'approve', '\"named\"', i * 60000000 + 1, TRUE FROM n
         WHERE i % 10 <> 0 AND i % 4 <> 0",
        "INSERT INTO access_grant (request_id, granted, principal, integration, kind, until, tries, first_tried_at, confirmed_at,
           ended_at)
         SELECT 'q' || i, '{}', 'p' || i, 'i', 'ssh', 1, 1, 1, i * 60000000 + 2,
           CASE WHEN i <= 2950 THEN i * 60000000 + 3600000000 END FROM n WHERE i % 10 <> 0 OR i > 2950",
    ] {
        tx.execute(format!("{numbers} {sql}"), []).await.unwrap();
    }
    tx.seal(Vec::new()).await.unwrap();
    store.migrate(Timestamp::from_seconds(1)).await.unwrap();
}
