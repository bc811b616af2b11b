//! A long history, made with SQL that works on both databases: requests of every fate with eight events each, by many people on
//! many integrations, as a version left it that did not index them yet.

use apono::access::ids::{PersonId, RequestId, RequestNumber};
use apono::access::people::Account;
use apono::audit::event::{Actor, Event, Origin, PersonFacts, RequestFacts, Via, What};
use apono::clock::{Clock, SystemClock};
use apono::store::Store;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor};

/// Events of each request.
const EVENTS: u32 = 8;

/// People, integrations with as many flows, resources of each integration, and approvers.
pub(crate) const PEOPLE: u32 = 1_000;
pub(crate) const INTEGRATIONS: u32 = 20;
pub(crate) const RESOURCES: u32 = 20;
pub(crate) const APPROVERS: u32 = 40;

/// Requests come this many microseconds apart.
pub(crate) const APART: i64 = 30_000_000;

/// Back to the schema of the version before, so that its migration can be measured.
const BEFORE: [&str; 15] = [
    "DROP TRIGGER words_blanked {on}",
    "DROP TABLE request_term",
    "DROP INDEX request_decided_at_number",
    "DROP INDEX request_decided_by_number",
    "DROP INDEX request_decided_by_state_number",
    "DROP INDEX request_granted_at_number",
    "DROP INDEX request_ended_at_number",
    "DROP INDEX request_justification_id",
    "DROP INDEX request_lag",
    "DROP INDEX request_unindexed",
    "ALTER TABLE request DROP COLUMN decided_at",
    "ALTER TABLE request DROP COLUMN decided_by",
    "ALTER TABLE request DROP COLUMN granted_at",
    "ALTER TABLE request DROP COLUMN ended_at",
    "ALTER TABLE request DROP COLUMN indexed_version",
];

/// When the first request of `count` was made, in microseconds.
pub(crate) fn began(count: u32) -> i64 {
    SystemClock.now().micros() - i64::from(count) * APART - 60_000_000
}

/// The Slack account of a person.
pub(crate) fn user(person: u32) -> String {
    format!("U{}", 100 + person)
}

/// Fills a migrated, empty database with `count` requests and their events, as of the version before.
/// The last `live` of them have access that is live.
pub(crate) async fn fill(store: &Store, database: &str, count: u32, live: u32, began: i64) {
    let payload = payload(store).await;
    let is_sqlite = database.starts_with("sqlite:");
    let fill = |sql: &str| {
        sql.replace("{on}", if is_sqlite { "" } else { "ON words" })
            .replace("{n}", &numbers(count))
            .replace("{events}", &numbers(count * EVENTS))
            .replace("{began}", &began.to_string())
            .replace("{apart}", &APART.to_string())
            .replace("{people}", &PEOPLE.to_string())
            .replace("{integrations}", &INTEGRATIONS.to_string())
            .replace("{resources}", &RESOURCES.to_string())
            .replace("{approvers}", &APPROVERS.to_string())
            .replace("{count}", &count.to_string())
            .replace("{live}", &live.to_string())
            .replace("{payload}", &payload)
            .replace("{hash}", &"0".repeat(64))
    };
    let mut statements: Vec<String> = BEFORE.iter().map(|sql| fill(sql)).collect();
    if !is_sqlite {
        statements.push("DROP FUNCTION words_blanked()".to_owned());
    }
    statements.push(
        "DELETE FROM seaql_migrations WHERE version IN ('m0004_search', 'm0008_decided_states')".to_owned(),
    );
    statements.extend(ROWS.iter().map(|sql| fill(sql)));
    if is_sqlite {
        let mut connection = sqlx::SqliteConnection::connect(database).await.unwrap();
        connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
        run(&mut connection, statements).await;
        connection
            .execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
        connection
            .execute("SET session_replication_role = replica")
            .await
            .unwrap();
        run(&mut connection, statements).await;
        connection.execute("VACUUM ANALYZE").await.unwrap();
    }
}

fn numbers(count: u32) -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    )
}

/// Of a hundred, 78 expired, 12 were revoked, 4 were rejected, 3 lapsed, 2 were cancelled and 1 failed. One flow in four
/// approves automatically. Resources and flows belong to their integration, so many pairs of them fit nothing.
const ROWS: [&str; 9] = [
    "{n} INSERT INTO person (id, created_at) SELECT 'person-' || i, 1 FROM n WHERE i <= {people}",
    "{n} INSERT INTO account (id, person_id, enterprise, team, \"user\", name, seen_at)
     SELECT 'account-' || i, 'person-' || i, '', 'T0TEAM', 'U' || (100 + i), 'Given' || i || ' Family' || (i % 100), 1
     FROM n WHERE i <= {people}",
    "{n} INSERT INTO submission (id, person_id, created_at)
     SELECT 's' || i, 'person-' || (i * 7919 % {people} + 1), {began} + i * {apart} FROM n",
    "{n} INSERT INTO words (id, salt, body)
     SELECT 'w' || i, '00', CASE i % 4 WHEN 0 THEN 'deploy of the release ' WHEN 1 THEN 'debugging an incident '
       WHEN 2 THEN 'customer asks about invoice ' ELSE 'rotating credentials for ' END || 'TICKET-' || i || ' with team' || (i % 50)
     FROM n",
    "{n} INSERT INTO request (id, number, submission_id, requester_id, grantee_id, integration, kind, resource_type, flows,
       policy_digest, duration_us, justification_id, state, reason_kind, version, created_at, changed_at, answer_due)
     SELECT 'q' || i, i, 's' || i, 'person-' || (i * 7919 % {people} + 1),
       'person-' || ((i * 7919 + CASE WHEN i % 20 = 0 THEN 1 ELSE 0 END) % {people} + 1),
       'integration-' || (i % {integrations}), 'ssh', 'Host', '[\"flow-' || (i % {integrations}) || '\"]', '', 3600000000, 'w' || i,
       CASE WHEN i > {count} - {live} THEN 'granted' WHEN i / 7 % 100 < 78 THEN 'expired' WHEN i / 7 % 100 < 90 THEN 'revoked'
         WHEN i / 7 % 100 < 97 THEN 'rejected' WHEN i / 7 % 100 < 99 THEN 'cancelled' ELSE 'failed' END,
       CASE WHEN i > {count} - {live} OR i / 7 % 100 < 78 THEN NULL WHEN i / 7 % 100 < 90 THEN 'by_admin'
         WHEN i / 7 % 100 < 94 THEN 'by_approver' WHEN i / 7 % 100 < 97 THEN 'lapsed' WHEN i / 7 % 100 < 99 THEN NULL
         ELSE 'frozen' END,
       5, {began} + i * {apart}, {began} + i * {apart} + 60000000, 0
     FROM n",
    "{n} INSERT INTO request_unit (request_id, position, resource_id, resource_name, permission)
     SELECT 'q' || i, 0, 'r', 'resource-' || (i % {integrations}) || '-' || (i / 31 % {resources}),
       CASE i / 13 % 3 WHEN 0 THEN 'read' WHEN 1 THEN 'write' ELSE 'admin' END FROM n",
    "{n} INSERT INTO decision (id, request_id, person_id, verdict, decided_as, decided_at, counts)
     SELECT 'd' || i, 'q' || i, 'person-' || (i * 31 % {approvers} + 1), CASE WHEN i / 7 % 100 < 90 THEN 'approve' ELSE 'reject' END,
       '\"named\"', {began} + i * {apart} + i * 7919 % 3600 * 1000000, TRUE
     FROM n WHERE i % {integrations} % 4 <> 0 AND i / 7 % 100 < 94",
    r#"{n} INSERT INTO access_grant (request_id, granted, principal, integration, kind, until, tries, first_tried_at, confirmed_at,
       ended_at)
     SELECT 'q' || i, '{"integration":"integration-' || (i % {integrations}) || '","kind":"ssh","principal":"p' || i || '","target":{}}', 'p' || i, 'integration-' || (i % {integrations}), 'ssh',
       {began} + i * {apart} + 3700000000 + i * 7919 % 86400 * 1000000, 1, 1, {began} + i * {apart} + 3700000000,
       CASE WHEN i <= {count} - {live} THEN {began} + i * {apart} + 3700000000 + i * 7919 % 86400 * 1000000
         + CASE WHEN i % 50000 = 0 THEN 1209600000000 ELSE 0 END END
     FROM n WHERE i > {count} - {live} OR i / 7 % 100 < 90"#,
    "{events} INSERT INTO audit_event (seq, hash, payload, at, kind, request_id)
     SELECT i + 1, '{hash}', '{payload}', {began} + i * {apart} / 8, 'granted', 'q' || ((i + 7) / 8) FROM n",
];

/// An event about as long as most, about one of the requests.
async fn payload(store: &Store) -> String {
    let person = |number: u32| PersonFacts {
        id: PersonId::new(format!("person-{number}")),
        name: format!("Given{number} Family{number}"),
        email: Some(format!("person-{number}@example.com")),
        account: Account::slack(user(number)),
    };
    let now = SystemClock.now();
    let request = RequestFacts {
        id: RequestId::new("q1"),
        number: RequestNumber(1),
        requester: person(1),
        grantee: None,
        integration: "integration-1".to_owned(),
        kind: "ssh".to_owned(),
        resource_type: "Host".to_owned(),
        resources: vec!["resource-1-1".to_owned()],
        permissions: vec!["read".to_owned()],
        duration_s: 3_600,
        flows: vec!["flow-1".to_owned()],
    };
    let what = What::Granted {
        approved_by: vec![person(2)],
        principal: "apono_abcdefgh_ar1_given1".to_owned(),
        until: now,
        confirmed_at: now,
        deadline_on_target: true,
        live_grants: 1,
    };
    let origin = Origin {
        via: Via::Worker,
        cause: "a measurement".to_owned(),
        actor: Actor::Apono,
    };
    let install = store.install().await.unwrap();
    Event::new(now, install, origin, Some(request), what).canonical()
}

async fn run<C>(connection: &mut C, statements: Vec<String>)
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    (&mut *connection).execute("BEGIN").await.unwrap();
    for sql in statements {
        (&mut *connection).execute(AssertSqlSafe(sql)).await.unwrap();
    }
    (&mut *connection)
        .execute("UPDATE audit_head SET seq = (SELECT MAX(seq) FROM audit_event)")
        .await
        .unwrap();
    (&mut *connection).execute("COMMIT").await.unwrap();
}
