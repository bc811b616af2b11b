//! A target of its own for each test, and what a person with a login does there.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use apono::access::grant::Granted;
use apono::access::ids::{InstallId, RequestNumber};
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::postgres::{AccountKind, Bounds, Permission, Postgres, PostgresSettings};
use apono::integrations::{
    AccessDetails, GrantOrder, Integration, IntegrationError, MakesCredentials, OrderUnit,
};
use apono::secrets::SecretRef;
use apono::throwaway_postgres::{SampleTarget, ThrowawayPostgres};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::personal::PASSWORD;
use crate::support::postgres_server;

/// Long enough for a machine that is busy with all the other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Only a test that hangs takes longer. The longest one takes 5 s on its own, and 10 times as long together with all the
/// others on a busy machine.
pub(crate) const LONGEST_TEST: Duration = Duration::from_mins(5);

pub(crate) struct Context {
    pub(crate) server: &'static ThrowawayPostgres,
    pub(crate) target: SampleTarget,
    pub(crate) postgres: Postgres,
    pub(crate) settings: PostgresSettings,
    secrets: TempDir,
}

/// Runs a test against a database of its own called `name`, or says that it is left out.
pub(crate) async fn run_test(name: &str, test: impl AsyncFnOnce(&mut Context)) {
    if let Some(server) = postgres_server::shared() {
        run_on(server, name, test).await;
    }
}

/// The same on a server where only one test runs at a time, for what looks at everything that a server has.
pub(crate) async fn run_alone(name: &str, test: impl AsyncFnOnce(&mut Context)) {
    if let Some((server, _alone)) = alone().await {
        run_on(server, name, test).await;
    }
}

/// As [`run_test`], with a bounded bot. There are the accounts `<name>_dana`, which it may give access to, and `<name>_app`.
pub(crate) async fn run_bounded(name: &str, test: impl AsyncFnOnce(&mut Context)) {
    if let Some(server) = postgres_server::shared() {
        run_bounded_on(server, name, test).await;
    }
}

/// As [`run_alone`], with a bounded bot.
pub(crate) async fn run_bounded_alone(name: &str, test: impl AsyncFnOnce(&mut Context)) {
    if let Some((server, _alone)) = alone().await {
        run_bounded_on(server, name, test).await;
    }
}

async fn alone() -> Option<(&'static ThrowawayPostgres, MutexGuard<'static, ()>)> {
    static SERVER: OnceLock<ThrowawayPostgres> = OnceLock::new();
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    // The shared server says whether PostgreSQL is there, and whether it may be missing.
    postgres_server::shared()?;
    let alone = ONE_AT_A_TIME.lock().await;
    Some((SERVER.get_or_init(|| ThrowawayPostgres::start().unwrap()), alone))
}

async fn run_bounded_on(
    server: &'static ThrowawayPostgres,
    name: &str,
    test: impl AsyncFnOnce(&mut Context),
) {
    let url = server.superuser_url("postgres");
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    let accounts = format!(
        "CREATE ROLE {name}_dana LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE {name}_app LOGIN PASSWORD '{PASSWORD}'"
    );
    run(&mut superuser, &accounts).await.unwrap();
    let bounds = Bounds {
        longest: Duration::from_hours(12),
        install: None,
    };
    let account = format!("{name}_dana");
    let target = server
        .create_bounded_target(name, &[&account], &bounds)
        .await
        .unwrap();
    run_with(server, target, name, true, test).await;
}

async fn run_on(server: &'static ThrowawayPostgres, name: &str, test: impl AsyncFnOnce(&mut Context)) {
    let target = server.create_target(name).await.unwrap();
    run_with(server, target, name, false, test).await;
}

async fn run_with(
    server: &'static ThrowawayPostgres,
    target: SampleTarget,
    name: &str,
    bounded: bool,
    test: impl AsyncFnOnce(&mut Context),
) {
    let secrets = tempfile::tempdir().unwrap();
    let url = secrets.path().join("url");
    std::fs::write(&url, target.admin_url.expose_secret()).unwrap();
    let settings = PostgresSettings {
        name: format!("{name}-db"),
        url: SecretRef::File(url),
        permissions: vec![
            Permission::of("read", "{resource}_read"),
            Permission::of("write", "{resource}_write"),
        ],
        resources: None,
        connect_host: None,
        connect_port: None,
        allow_roles: std::collections::BTreeMap::new(),
        account: AccountKind::Ephemeral,
        replicas: Vec::new(),
        bounded,
        longest: None,
    };
    let mut context = Context {
        server,
        target,
        postgres: Postgres::new(settings.clone()).unwrap(),
        settings,
        secrets,
    };
    tokio::time::timeout(LONGEST_TEST, test(&mut context))
        .await
        .expect("the test hangs");
}

pub(crate) fn in_seconds(seconds: u64) -> Timestamp {
    SystemClock.now().plus(Duration::from_secs(seconds))
}

/// How often to retry on a server that hung, each time for as long as the bot waits.
const TRIES: usize = 5;

/// A call that fails sooner has not met a machine that stood still.
const STOOD_STILL: Duration = Duration::from_secs(2);

/// Makes a call again that failed because the machine stood still, as a job would: machines that run tests do so for seconds now and
/// then, and the bot gives no server that long.
pub(crate) async fn in_the_end<T>(call: impl AsyncFn() -> Result<T, IntegrationError>) -> T {
    for _ in 1..TRIES {
        let began = Instant::now();
        match call().await {
            Err(error @ IntegrationError::Retry { .. }) if began.elapsed() >= STOOD_STILL => {
                tracing::info!(%error, "told again");
            }
            told => return told.unwrap(),
        }
    }
    call().await.unwrap()
}

/// Waits until a superuser's question is answered with `t`.
pub(crate) async fn until(ctx: &Context, question: &str) {
    let began = Instant::now();
    let url = ctx.server.superuser_url(&ctx.target.database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    loop {
        let is_so: bool = sqlx::query_scalar(AssertSqlSafe(question))
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        if is_so {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "never: {question}");
        tokio::task::yield_now().await;
    }
}

/// `AR-7` by Dana, for `permissions` on `databases`.
pub(crate) fn order(install: &str, databases: &[&str], permissions: &[&str]) -> GrantOrder {
    let units = databases.iter().flat_map(|database| {
        permissions.iter().map(|permission| OrderUnit {
            resource_id: (*database).to_owned(),
            resource_name: (*database).to_owned(),
            permission: (*permission).to_owned(),
        })
    });
    GrantOrder {
        install: InstallId::new(install),
        request: RequestNumber(7),
        grantee_name: "Dana Ito".to_owned(),
        account: None,
        units: units.collect(),
    }
}

impl Context {
    /// Opens the integration anew after a test changed its settings.
    pub(crate) fn reopen(&mut self) {
        self.postgres = Postgres::new(self.settings.clone()).unwrap();
    }

    /// Puts another admin URL where the secret stands.
    pub(crate) fn change_secret(&self, url: &str) {
        std::fs::write(self.secrets.path().join("url"), url).unwrap();
    }

    /// Plans `permission` on the test's own database. `install` has to be the test's own: the server is shared.
    pub(crate) fn prepare(&self, install: &str, permission: &str) -> Granted {
        let order = order(install, &[&self.target.database], &[permission]);
        self.postgres.prepare(&order).unwrap()
    }

    /// A login for a minute.
    pub(crate) async fn grant(&self, install: &str, permission: &str) -> Granted {
        let granted = self.prepare(install, permission);
        in_the_end(async || self.postgres.grant(&granted, in_seconds(60)).await).await;
        granted
    }

    pub(crate) async fn connect(&self, granted: &Granted) -> Result<AccessDetails, IntegrationError> {
        self.postgres.make(granted).await
    }

    /// Connects and logs in, as the grantee would.
    pub(crate) async fn log_in(&self, granted: &Granted) -> PgConnection {
        let shown = in_the_end(async || self.connect(granted).await).await;
        let password = password_of(&shown);
        self.try_log_in(granted, &password, &self.target.database)
            .await
            .unwrap()
    }

    pub(crate) async fn try_log_in(
        &self,
        granted: &Granted,
        password: &SecretString,
        database: &str,
    ) -> Result<PgConnection, sqlx::Error> {
        let url = self.server.url(&granted.principal, password, database);
        PgConnection::connect(url.expose_secret()).await
    }

    /// Does something as an administrator of the server.
    pub(crate) async fn as_superuser(&self, database: &str, sql: &str) {
        let url = self.server.superuser_url(database);
        let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
        run(&mut connection, sql).await.unwrap();
    }

    /// Asks something as an administrator; the answer is one text.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        let url = self.server.superuser_url(&self.target.database);
        let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    /// Becomes a role by `SET ROLE`, which from PostgreSQL 16 on no member of a grant may.
    pub(crate) async fn set_role(&self, session: &mut PgConnection, role: &str) {
        let version = self.ask("SELECT current_setting('server_version_num')").await;
        let set = run(session, &format!("SET ROLE {role}")).await;
        assert_eq!(set.is_ok(), version.as_str() < "160000", "{set:?}");
    }

    pub(crate) async fn role_exists(&self, granted: &Granted) -> bool {
        self.has_role(&granted.principal).await
    }

    pub(crate) async fn has_role(&self, role: &str) -> bool {
        self.ask(&format!(
            "SELECT count(*)::text FROM pg_roles WHERE rolname = '{role}'"
        ))
        .await
            == "1"
    }
}

/// One or more statements; the error's SQLSTATE is what tests look at.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(drop)
        .map_err(|error| sqlstate(&error))
}

pub(crate) fn sqlstate(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|e| e.code().map(std::borrow::Cow::into_owned))
        .unwrap_or_else(|| "no SQLSTATE".to_owned())
}

pub(crate) fn field(details: &AccessDetails, name: &str) -> String {
    let (_, value) = details.fields.iter().find(|(n, _)| *n == name).unwrap();
    value.expose_secret().to_owned()
}

pub(crate) fn password_of(details: &AccessDetails) -> SecretString {
    SecretString::from(field(details, "Password"))
}
