//! Many requests from one, with SQL that works on both databases: the template with its words, decision, grant, cards and
//! jobs, each copy with its own ids, number and principal.

use apono::access::ids::{InstallId, RequestNumber};
use apono::access::target::{TargetFailure, Trouble};
use apono::audit::cause::Cause;
use apono::audit::event::{Actor, Event, Origin, Via, What};
use apono::clock::{Clock, SystemClock};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor};

use crate::seed::id_of;

/// The number of the template request; where it appears in a grant, a copy has its own.
pub(crate) const TEMPLATE: RequestNumber = RequestNumber(900_000_000);

/// Copies have ids of equal length, so they sort in the order they were created.
const FIRST: u32 = 10_000_000;

/// A table, the column that identifies the template's rows in it, and each column with the copy's value: `t` is the template's
/// row, `{i}` counts the copies, `p.id` is one of the people.
type Table = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const ID: &str = "t.id || '-' || CAST({first} + n.i AS TEXT)";
const REQUEST_ID: &str = "t.request_id || '-' || CAST({first} + n.i AS TEXT)";
const SAME: &str = "t.{column}";
/// One per second, before the template, so they do not all fall within the hour for which forms are counted.
const ASKED: &str = "t.created_at - n.i * 1000000";

const TABLES: [Table; 8] = [
    (
        "submission",
        "id",
        &[("id", ID), ("person_id", "p.id"), ("created_at", ASKED)],
    ),
    ("words", "id", &[("id", ID), ("salt", SAME), ("body", SAME)]),
    (
        "request",
        "id",
        &[
            ("id", ID),
            ("number", "n.i"),
            ("submission_id", ID),
            ("requester_id", "p.id"),
            ("grantee_id", "p.id"),
            ("integration", SAME),
            ("kind", SAME),
            ("resource_type", SAME),
            ("flows", SAME),
            ("policy_digest", SAME),
            ("duration_us", SAME),
            ("justification_id", ID),
            ("state", SAME),
            ("reason_kind", SAME),
            ("version", SAME),
            ("created_at", ASKED),
            ("changed_at", "t.changed_at + n.i * {step}"),
            ("answer_due", SAME),
        ],
    ),
    (
        "request_unit",
        "request_id",
        &[
            ("request_id", REQUEST_ID),
            ("position", SAME),
            ("resource_id", SAME),
            ("resource_name", SAME),
            ("permission", SAME),
        ],
    ),
    (
        "decision",
        "request_id",
        &[
            ("id", ID),
            ("request_id", REQUEST_ID),
            ("person_id", SAME),
            ("verdict", SAME),
            ("decided_as", SAME),
            ("reason_id", SAME),
            ("decided_at", SAME),
            ("counts", SAME),
        ],
    ),
    (
        "access_grant",
        "request_id",
        &[
            ("request_id", REQUEST_ID),
            ("granted", "replace(t.granted, '{template}', CAST(n.i AS TEXT))"),
            (
                "principal",
                "replace(t.principal, '{template}', CAST(n.i AS TEXT))",
            ),
            ("integration", SAME),
            ("kind", SAME),
            ("until", "t.until + n.i * {step}"),
            ("tries", SAME),
            ("first_tried_at", SAME),
            ("confirmed_at", SAME),
            ("target_deadline", "t.target_deadline + n.i * {step}"),
            ("ended_at", "t.ended_at + n.i * {step}"),
            ("sessions_ended", SAME),
            ("proof", SAME),
            ("cleaned_at", "t.cleaned_at + n.i * {step}"),
        ],
    ),
    (
        "message",
        "request_id",
        &[
            ("id", ID),
            ("request_id", REQUEST_ID),
            ("person_id", SAME),
            ("surface", SAME),
            ("extension", SAME),
            ("generation", SAME),
            ("channel", SAME),
            ("ts", "t.ts || CAST({first} + n.i AS TEXT)"),
            ("shown_version", SAME),
            ("state", SAME),
            ("first_attempt_at", SAME),
            ("retry_at", SAME),
            ("tried_version", SAME),
        ],
    ),
    (
        "job",
        "key",
        &[
            ("id", ID),
            ("lane", SAME),
            ("kind", SAME),
            ("key", "t.key || '-' || CAST({first} + n.i AS TEXT)"),
            ("run_at", "t.run_at + n.i * {step}"),
            ("priority", SAME),
            ("lease_until", SAME),
            ("fence", SAME),
            ("owner", SAME),
            ("attempt", SAME),
            ("again", SAME),
            ("last_error", SAME),
            ("created_at", SAME),
        ],
    ),
];

/// Turns the template into a request that has ended and left nothing to do.
const END: [&str; 3] = [
    "UPDATE request SET state = 'expired', version = 5 WHERE id = '{id}'",
    "UPDATE access_grant SET ended_at = until, cleaned_at = until, sessions_ended = 0, proof = 'a measurement'
     WHERE request_id = '{id}'",
    "UPDATE message SET shown_version = 5 WHERE request_id = '{id}'",
];

/// What the copies are.
#[derive(Clone, Copy)]
pub(crate) enum Are {
    /// Live, and ending one second after the other, after the template.
    Live,
    /// Ended, one per second, before the template.
    Over,
}

/// Creates `count` copies of the template, with numbers from 1 on, distributed among the known people.
pub(crate) async fn make(database: &str, count: u32, are: Are) {
    let mut statements = Vec::new();
    let (step, before): (i64, &[&str]) = match are {
        Are::Live => (1_000_000, &[]),
        Are::Over => (-1_000_000, &END),
    };
    let fill = |sql: &str| {
        sql.replace("{id}", id_of(TEMPLATE).as_str())
            .replace("{first}", &FIRST.to_string())
            .replace("{template}", &TEMPLATE.0.to_string())
            .replace("{step}", &step.to_string())
    };
    statements.extend(before.iter().map(|sql| fill(sql)));
    if matches!(are, Are::Over) {
        statements.push(fill("DELETE FROM job WHERE key = '{id}'"));
    }
    for (table, key, columns) in TABLES {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|(name, value)| fill(&value.replace("{column}", name)))
            .collect();
        let template = id_of(TEMPLATE);
        statements.push(format!(
            "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count}),
               p (id, place) AS (SELECT id, row_number() OVER (ORDER BY id) - 1 FROM person)
             INSERT INTO {table} ({}) SELECT {} FROM n CROSS JOIN {table} t
               JOIN p ON p.place = n.i % (SELECT COUNT(*) FROM person)
             WHERE t.{key} = '{template}'",
            names.join(", "),
            values.join(", "),
        ));
    }
    let next = i64::from(count) + 1;
    statements.push(format!(
        "INSERT INTO counter (name, value) VALUES ('request', {next})
         ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    ));
    // The copies refer to each other, so nothing has to be looked up for each row.
    if database.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(database).await.unwrap();
        connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
        run(&mut connection, statements).await;
    } else {
        let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
        connection
            .execute("SET session_replication_role = replica")
            .await
            .unwrap();
        run(&mut connection, statements).await;
        connection.execute("ANALYZE").await.unwrap();
    }
}

/// Events of each copied request.
const EVENTS: u32 = 8;

/// Creates the trail of `requests` copies, all of it posted. Its hashes are meaningless: no measurement verifies it.
pub(crate) async fn trail(database: &str, install: &InstallId, requests: u32) {
    let origin = Origin {
        via: Via::Worker,
        cause: "a measurement".to_owned(),
        actor: Actor::Apono,
    };
    // About as long as most events.
    let what = What::Revoking {
        reason: None,
        cause: Cause::Changed {
            target: TargetFailure {
                trouble: Trouble::Odd,
                said: "its time is over ".repeat(30),
            },
        },
    };
    let now = SystemClock.now();
    let payload = Event::new(now, install.clone(), origin, None, what).canonical();
    let (last, at, hash) = (requests * EVENTS, now.micros(), "0".repeat(64));
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    );
    let statements = vec![
        format!(
            "{numbers} INSERT INTO audit_event (seq, hash, payload, at, kind, request_id)
             SELECT i, '{hash}', '{payload}', {at} - ({last} - i) * 125000, 'revoking',
               '{template}-' || CAST({FIRST} + (i + {EVENTS} - 1) / {EVENTS} AS TEXT) FROM n
              WHERE i > (SELECT seq FROM audit_head)",
            template = id_of(TEMPLATE),
        ),
        format!(
            "{numbers} INSERT INTO audit_post (seq, first_attempt_at, channel, ts, posted_at)
             SELECT i, {at}, 'C0AUDIT', '1700000000.' || CAST({FIRST} + i AS TEXT), {at} FROM n"
        ),
        format!("UPDATE audit_head SET seq = {last}, at = {at}"),
    ];
    if database.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(database).await.unwrap();
        run(&mut connection, statements).await;
        connection
            .execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
        run(&mut connection, statements).await;
        connection.execute("VACUUM ANALYZE").await.unwrap();
    }
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
    (&mut *connection).execute("COMMIT").await.unwrap();
}
