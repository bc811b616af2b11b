//! What a revoke costs the server alone: its statements, one after the other, with no wait between the two looks for
//! sessions, by connections that do nothing else.

use std::time::Instant;

use apono::access::ids::{InstallId, RequestNumber};
use apono::clock::{Clock, SystemClock};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row as _};

use crate::machine;
use crate::target::{self, Target};

const CONNECTIONS: usize = 8;

/// Longer than a run.
const LIVES_FOR: std::time::Duration = std::time::Duration::from_hours(1);

/// Of `count` logins that stand there as a grant leaves them; they are dropped afterwards.
pub(crate) async fn revokes_per_second(target: &Target, count: u32) -> f64 {
    let folder = machine::folder();
    let integration = target.integration(folder.path());
    let until = SystemClock.now().plus(LIVES_FOR);
    let ends = (1..=i64::from(count)).map(|number| (RequestNumber(number), until));
    let made = target::grant(&integration, &InstallId::new("bareloop"), ends).await;
    let logins: Vec<String> = made
        .into_iter()
        .map(|(_, granted, _)| granted.principal)
        .collect();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(PgConnection::connect(target.url()).await.unwrap());
    }
    let shares = logins.chunks(logins.len().div_ceil(CONNECTIONS));
    let began = Instant::now();
    let work = shares.zip(&mut connections).map(async |(share, connection)| {
        for login in share {
            revoke(connection, login).await;
        }
    });
    join_all(work).await;
    let took = began.elapsed();
    for login in &logins {
        let drop = AssertSqlSafe(format!("DROP ROLE {login}"));
        connections[0].execute(drop).await.unwrap();
    }
    f64::from(count) / took.as_secs_f64()
}

const FIND: &str = "SELECT oid::int8,
        CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
        rolcanlogin AND rolvaliduntil IS DISTINCT FROM '-infinity', shobj_description(oid, 'pg_authid'),
        round(extract(epoch FROM clock_timestamp()) * 1000000)::int8
 FROM pg_roles WHERE rolname = $1";

const GROUPS: &str =
    "SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
 WHERE m.member::int8 = $1 ORDER BY 1";

const END_SESSIONS: &str =
    "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid::int8 = $1";

/// The statements of the bot's own revoke (`integrations/postgres/revoke.rs`), in their order.
async fn revoke(connection: &mut PgConnection, login: &str) {
    let mut tx = connection.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    sqlx::query(lock).bind(login).execute(&mut *tx).await.unwrap();
    let found = sqlx::query(FIND).bind(login).fetch_one(&mut *tx).await.unwrap();
    let oid: i64 = found.get(0);
    for sql in [
        format!("ALTER ROLE {login} NOLOGIN PASSWORD NULL VALID UNTIL '-infinity' CONNECTION LIMIT 0"),
        format!("COMMENT ON ROLE {login} IS 'apono AR-1 of install bareloop, login, revoked'"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    }
    let groups = sqlx::query(GROUPS).bind(oid).fetch_all(&mut *tx).await.unwrap();
    for group in groups {
        let group: String = group.get(0);
        let mut attempt = tx.begin().await.unwrap();
        let sql = AssertSqlSafe(format!("REVOKE {group} FROM {login}"));
        sqlx::raw_sql(sql).execute(&mut *attempt).await.unwrap();
        attempt.commit().await.unwrap();
    }
    tx.commit().await.unwrap();
    for _ in 0..2 {
        let left = sqlx::query(END_SESSIONS)
            .bind(oid)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert!(left.is_empty(), "nobody is logged in");
    }
    sqlx::query(FIND)
        .bind(login)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    sqlx::query(GROUPS)
        .bind(oid)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
}
