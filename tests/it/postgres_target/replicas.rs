//! Replicas have sessions of their own: they end there too, or the revoke is not through.

use std::sync::OnceLock;

use apono::access::grant::Granted;
use apono::access::ids::InstallId;
use apono::clock::{Clock, SystemClock};
use apono::findings::Finding;
use apono::integrations::postgres::{AccountKind, Bounds, Permission, Postgres, PostgresSettings};
use apono::integrations::{
    Earlier, Integration, IntegrationError, KeepsState, MakesCredentials, Memberships,
};
use apono::secrets::SecretRef;
use apono::throwaway_postgres::{SampleTarget, ThrowawayPostgres};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::support::door::Door;
use crate::support::postgres_server;

use super::context::{LONGEST_TEST, PATIENCE, in_seconds, order, password_of, run};

/// A small server of its own, because a replica copies everything that its server has.
pub(crate) struct Pair {
    pub(crate) primary: ThrowawayPostgres,
    pub(crate) replica: ThrowawayPostgres,
}

fn pair() -> Option<&'static Pair> {
    static PAIR: OnceLock<Option<Pair>> = OnceLock::new();
    // The shared server says whether PostgreSQL is there, and whether it may be missing.
    postgres_server::shared()?;
    PAIR.get_or_init(|| {
        let primary = ThrowawayPostgres::start().unwrap();
        let replica = primary.start_replica().unwrap();
        Some(Pair { primary, replica })
    })
    .as_ref()
}

pub(crate) struct Replicated {
    target: SampleTarget,
    pub(crate) postgres: Postgres,
    settings: PostgresSettings,
    pub(crate) pair: &'static Pair,
    /// In front of the replica.
    door: Door,
    secrets: TempDir,
}

pub(crate) async fn run_test(name: &str, test: impl AsyncFnOnce(&mut Replicated)) {
    let Some(pair) = pair() else { return };
    let target = pair.primary.create_target(name).await.unwrap();
    run_with(pair, target, name, false, test).await;
}

/// As [`run_test`], with a bounded bot.
pub(crate) async fn run_bounded_test(name: &str, test: impl AsyncFnOnce(&mut Replicated)) {
    let Some(pair) = pair() else { return };
    let bounds = Bounds {
        longest: std::time::Duration::from_hours(12),
        install: None,
    };
    let target = pair
        .primary
        .create_bounded_target(name, &[], &bounds)
        .await
        .unwrap();
    run_with(pair, target, name, true, test).await;
}

async fn run_with(
    pair: &'static Pair,
    target: SampleTarget,
    name: &str,
    bounded: bool,
    test: impl AsyncFnOnce(&mut Replicated),
) {
    let door = Door::to(pair.replica.port());
    let secrets = tempfile::tempdir().unwrap();
    let file = |file: &str, url: &str| {
        let path = secrets.path().join(file);
        std::fs::write(&path, url).unwrap();
        SecretRef::File(path)
    };
    let url = target.admin_url.expose_secret();
    let (primary, behind_door) = (pair.primary.port().to_string(), door.port().to_string());
    let settings = PostgresSettings {
        name: format!("{name}-db"),
        url: file("url", url),
        permissions: vec![Permission::of("read", "{resource}_read")],
        resources: Some(vec![name.to_owned()]),
        connect_host: None,
        connect_port: None,
        allow_roles: std::collections::BTreeMap::new(),
        account: AccountKind::Ephemeral,
        replicas: vec![file("replica", &url.replace(&primary, &behind_door))],
        bounded,
        longest: None,
    };
    let mut replicated = Replicated {
        postgres: Postgres::new(settings.clone()).unwrap(),
        target,
        settings,
        pair,
        door,
        secrets,
    };
    tokio::time::timeout(LONGEST_TEST, test(&mut replicated))
        .await
        .expect("the test hangs");
}

impl Replicated {
    pub(crate) async fn grant(&self, install: &str, account: Option<&str>) -> Granted {
        let mut order = order(install, &[&self.target.database], &["read"]);
        order.account = account.map(str::to_owned);
        let granted = self.postgres.prepare(&order).unwrap();
        self.postgres.grant(&granted, in_seconds(60)).await.unwrap();
        granted
    }

    pub(crate) async fn password(&self, granted: &Granted) -> SecretString {
        let details = self.postgres.make(granted).await;
        password_of(&details.unwrap())
    }

    /// Logs in on the replica, as soon as it knows of the login and its password.
    pub(crate) async fn log_in_on_replica(&self, user: &str, password: &SecretString) -> PgConnection {
        let url = self.pair.replica.url(user, password, &self.target.database);
        let began = std::time::Instant::now();
        loop {
            match PgConnection::connect(url.expose_secret()).await {
                Ok(session) => return session,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the replica has a role.
    async fn until_replica_has(&self, role: &str) {
        let url = self.pair.replica.superuser_url("postgres");
        let mut replica = PgConnection::connect(url.expose_secret()).await.unwrap();
        let began = std::time::Instant::now();
        loop {
            let found: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
                .bind(role)
                .fetch_one(&mut replica)
                .await
                .unwrap();
            if found {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{role} is not on the replica");
        }
    }

    async fn as_superuser(&self, server: &ThrowawayPostgres, sql: &str) {
        let url = server.superuser_url("postgres");
        let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
        run(&mut connection, sql).await.unwrap();
    }

    /// An error's text with a fixed name instead of the door's port.
    fn plain(&self, error: &IntegrationError) -> String {
        error.to_string().replace(&self.door.port().to_string(), "PORT")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_on_a_replica_end_with_the_access() {
    run_test("rep_ends", async |it| {
        let granted = it.grant("rependsx", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        run(&mut session, "SELECT * FROM orders").await.unwrap();
        let live = it.postgres.inspect(&InstallId::new("rependsx")).await.unwrap();
        assert_eq!(live.len(), 1);
        let revoked = it.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1);
        assert_snapshot!(revoked.proof, @"login locked, 0 sessions, also on 1 replica");
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        let url = it.pair.replica.url(&granted.principal, &password, "rep_ends");
        assert!(PgConnection::connect(url.expose_secret()).await.is_err());
        it.postgres.clean_up(&granted).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_answer_is_not_taken_for_read_back() {
    run_test("rep_down", async |it| {
        let granted = it.grant("repdownx", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        it.door.shut().await;
        let down = it.postgres.revoke(&granted).await.unwrap_err();
        assert!(matches!(down, IntegrationError::Retry { .. }));
        assert_snapshot!(it.plain(&down), @"access is locked and ended on the primary server, but not everywhere: the replica 127.0.0.1:PORT: while connecting: 127.0.0.1:PORT refused the connection");
        it.postgres.inspect(&InstallId::new("repdownx")).await.unwrap_err();
        run(&mut session, "SELECT 1").await.unwrap();
        it.door.open();
        let revoked = it.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_time_is_locked_though_a_replica_is_down() {
    run_test("rep_reap", async |it| {
        let granted = it.grant("repreapx", None).await;
        let login = &granted.principal;
        let past = format!("ALTER ROLE {login} VALID UNTIL '2026-01-01 00:00:00Z'");
        it.as_superuser(&it.pair.primary, &past).await;
        it.door.shut().await;
        let reap = it.postgres.reap().await.unwrap();
        let unseen = reap.unseen.join("").replace(&it.door.port().to_string(), "PORT");
        assert_snapshot!(unseen, @"the replica 127.0.0.1:PORT: while connecting: 127.0.0.1:PORT refused the connection");
        let ours = reap.ended.iter().find(|reaped| reaped.principal == *login).unwrap();
        let half = ours.end.as_ref().unwrap_err();
        assert_snapshot!(it.plain(half), @"access is locked and ended on the primary server, but not everywhere: the replica 127.0.0.1:PORT: while connecting: 127.0.0.1:PORT refused the connection");
        it.door.open();
        let revoked = it.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.proof, "login locked, 0 sessions, also on 1 replica");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_time_is_ended_though_the_secret_of_a_replica_cannot_be_read() {
    run_test("rep_secret", async |it| {
        let granted = it.grant("repsecrt", None).await;
        let login = &granted.principal;
        let past = format!("ALTER ROLE {login} VALID UNTIL '2026-01-01 00:00:00Z'");
        it.as_superuser(&it.pair.primary, &past).await;
        std::fs::remove_file(it.secrets.path().join("replica")).unwrap();
        let reap = Postgres::for_reap(it.settings.clone())
            .unwrap()
            .reap()
            .await
            .unwrap();
        let unseen = reap.unseen.join("");
        assert!(
            unseen.starts_with("a replica: ") && unseen.contains("/replica"),
            "{unseen}"
        );
        let ours = reap
            .ended
            .iter()
            .find(|reaped| reaped.principal == *login)
            .unwrap();
        assert_eq!(ours.end.as_ref().unwrap().proof, "login locked, 0 sessions");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_behind_is_waited_for() {
    run_test("rep_late", async |it| {
        let granted = it.grant("replatex", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        it.as_superuser(&it.pair.replica, "SELECT pg_wal_replay_pause()").await;
        let behind = it.postgres.revoke(&granted).await.unwrap_err();
        it.as_superuser(&it.pair.replica, "SELECT pg_wal_replay_resume()").await;
        assert_snapshot!(it.plain(&behind), @"access is locked and ended on the primary server, but not everywhere: the replica 127.0.0.1:PORT: its sessions were told to terminate, but it has not caught up with the server");
        it.postgres.revoke(&granted).await.unwrap();
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_taken_out_of_the_config_holds_up_nothing() {
    run_test("rep_out", async |it| {
        let granted = it.grant("repoutxx", None).await;
        it.door.shut().await;
        it.postgres.revoke(&granted).await.unwrap_err();
        let without = PostgresSettings {
            replicas: Vec::new(),
            ..it.settings.clone()
        };
        let revoked = Postgres::new(without).unwrap().revoke(&granted).await.unwrap();
        assert_snapshot!(revoked.proof, @"login locked, 0 sessions");
        // Without the integration in the config, the stored grant says where its replicas were.
        let alone = Postgres::from_granted(&granted).unwrap();
        assert!(alone.revoke(&granted).await.is_err());
        it.door.open();
        assert_snapshot!(alone.revoke(&granted).await.unwrap().proof, @"login locked, 0 sessions, also on 1 replica");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_account_keeps_its_new_sessions_while_a_replica_is_down() {
    run_test("rep_own", async |it| {
        let account = "rep_own_dana";
        it.as_superuser(&it.pair.primary, "CREATE ROLE rep_own_dana LOGIN PASSWORD 'own'")
            .await;
        it.settings.account = AccountKind::Personal {
            roles: vec![account.to_owned()],
        };
        it.postgres = Postgres::new(it.settings.clone()).unwrap();
        let password = SecretString::from("own");
        let granted = it.grant("repownxx", Some(account)).await;
        let mut there = it.log_in_on_replica(account, &password).await;
        let url = it.pair.primary.url(account, &password, "rep_own");
        let mut here = PgConnection::connect(url.expose_secret()).await.unwrap();
        it.door.shut().await;
        it.postgres.revoke(&granted).await.unwrap_err();
        assert_eq!(run(&mut here, "SELECT 1").await.unwrap_err(), "57P01");
        let mut new = PgConnection::connect(url.expose_secret()).await.unwrap();
        assert_eq!(run(&mut new, "SELECT * FROM orders").await.unwrap_err(), "42501");
        it.postgres.revoke(&granted).await.unwrap_err();
        it.door.open();
        let revoked = it.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 2, "one here and one on the replica");
        assert_eq!(run(&mut there, "SELECT 1").await.unwrap_err(), "57P01");
        run(&mut new, "SELECT 1").await.unwrap();
    })
    .await;
}

/// Only the server knows who lost something, and it no longer shows that.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_had_too_much_end_on_a_replica_that_was_down_when_it_was_taken_away() {
    run_test("rep_right", async |it| {
        let granted = it.grant("reprights", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        let more = format!(
            "CREATE ROLE rep_right_app LOGIN PASSWORD 'own'; \
             SET ROLE rep_right_bot; GRANT rep_right_write TO {0}; GRANT {0} TO rep_right_app",
            granted.principal
        );
        it.as_superuser(&it.pair.primary, &more).await;
        let mut apps = it
            .log_in_on_replica("rep_right_app", &SecretString::from("own"))
            .await;
        it.door.shut().await;
        let until = in_seconds(60);
        let down = it.postgres.restore(&granted, until, Earlier::None).await.unwrap_err();
        assert_snapshot!(it.plain(&down), @"sessions could not be ended everywhere: 127.0.0.1:PORT: while connecting: 127.0.0.1:PORT refused the connection");
        run(&mut session, "SELECT 1").await.unwrap();
        it.door.open();
        it.postgres.restore(&granted, until, Earlier::Some).await.unwrap();
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        run(&mut apps, "SELECT 1").await.unwrap();
        // An order ends them there too.
        assert_eq!(it.postgres.end_sessions_of(&granted, "rep_right_app").await.unwrap(), 1);
        assert_eq!(run(&mut apps, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_replicas_is_found_before_it_matters() {
    run_test("rep_check", async |it| {
        it.until_replica_has("rep_check_bot").await;
        let findings = it.postgres.check(SystemClock.now()).await.unwrap();
        let about_replicas = |findings: &[Finding]| -> Vec<String> {
            let told = findings.iter().map(|finding| format!("{}: {}", finding.text, finding.mend));
            told.filter(|told| told.contains("replica")).collect()
        };
        assert_eq!(about_replicas(&findings), [""; 0]);
        let replica = it.secrets.path().join("replica");
        let other = postgres_server::shared().unwrap();
        std::fs::write(&replica, other.superuser_url("postgres").expose_secret()).unwrap();
        let postgres = Postgres::new(it.settings.clone()).unwrap();
        let findings = postgres.check(SystemClock.now()).await.unwrap();
        let told = about_replicas(&findings).join("\n").replace(&other.port().to_string(), "PORT");
        assert_snapshot!(told, @"the replica 127.0.0.1:PORT: it is not a streaming replica: it accepts writes: until it answers, no access ends; remove it from `replicas` if it is gone permanently");
        std::fs::write(&replica, it.target.admin_url.expose_secret()).unwrap();
        let same = Postgres::new(it.settings.clone()).unwrap_err().to_string();
        let same = same.replace(&it.pair.primary.port().to_string(), "PORT");
        assert_snapshot!(same, @"127.0.0.1:PORT is listed twice among the server and its replicas");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_not_looked_at_is_not_in_the_proof() {
    run_test("rep_kept", async |it| {
        let account = "rep_kept_dana";
        let make = "CREATE ROLE rep_kept_dana LOGIN PASSWORD 'own' IN ROLE rep_kept_read";
        it.as_superuser(&it.pair.primary, make).await;
        it.settings.account = AccountKind::Personal {
            roles: vec![account.to_owned()],
        };
        it.postgres = Postgres::new(it.settings.clone()).unwrap();
        let granted = it.grant("repkeptx", Some(account)).await;
        it.door.shut().await;
        let revoked = it.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(revoked.proof, @"membership gone; rep_kept_dana still has rep_kept_read by others");
    })
    .await;
}
