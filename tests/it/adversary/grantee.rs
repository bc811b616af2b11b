//! What a grantee can do with what they were given.

use std::time::{Duration, Instant};

use apono::access::grant::Granted;
use apono::integrations::postgres::Postgres;
use apono::integrations::{Integration, Revoked};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

use crate::postgres_target::context::{Context, PATIENCE, in_seconds, password_of, run};
use crate::postgres_target::personal::PASSWORD;

/// A person with access to the test's own database.
pub(super) struct Grantee {
    pub(super) granted: Granted,
    /// What they log in as.
    pub(super) user: String,
    password: SecretString,
    port: u16,
    pub(super) database: String,
}

impl Grantee {
    /// With a login made for the request.
    pub(super) async fn with_login(ctx: &Context, install: &str, permission: &str) -> Self {
        let granted = ctx.prepare(install, permission);
        let confirmed = ctx.postgres.grant(&granted, in_seconds(36_000)).await.unwrap();
        let granted = confirmed.granted;
        Self {
            user: granted.principal.clone(),
            password: password_of(&ctx.connect(&granted).await.unwrap()),
            port: ctx.server.port(),
            database: ctx.target.database.clone(),
            granted,
        }
    }

    /// With an account that they have anyway. `install` names it too.
    pub(super) async fn with_account(ctx: &mut Context, install: &str, permission: &str) -> Self {
        let user = format!("{install}_dana");
        ctx.with_account(&user).await;
        let granted = ctx.plan(install, &user, 7, &[permission]);
        Self {
            granted: ctx.give(&granted).await,
            user,
            password: SecretString::from(PASSWORD),
            port: ctx.server.port(),
            database: ctx.target.database.clone(),
        }
    }

    pub(super) async fn session(&self) -> PgConnection {
        self.try_session(&[]).await.unwrap()
    }

    /// A session that starts with these settings.
    pub(super) async fn try_session(&self, settings: &[(&str, &str)]) -> Result<PgConnection, sqlx::Error> {
        self.options(settings).connect().await
    }

    pub(super) fn options(&self, settings: &[(&str, &str)]) -> PgConnectOptions {
        let url = format!(
            "postgres://{}:{}@127.0.0.1:{}/{}?sslmode=disable",
            self.user,
            self.password.expose_secret(),
            self.port,
            self.database
        );
        let options: PgConnectOptions = url.parse().unwrap();
        options
            .options(settings.iter().copied())
            .disable_statement_logging()
    }

    /// Whether they can still log in and read.
    pub(super) async fn can_read(&self) -> bool {
        match self.try_session(&[]).await {
            Ok(mut session) => run(&mut session, READ).await.is_ok(),
            Err(_) => false,
        }
    }
}

pub(super) const READ: &str = "SELECT * FROM orders";

/// The bound of the promise, on a machine that may be busy: the end as the worker plays it, tried again until it is through.
pub(super) async fn ends_in_time(ctx: &Context, granted: &Granted) -> Revoked {
    ends_on(&ctx.postgres, granted).await
}

/// The same on any server.
pub(super) async fn ends_on(postgres: &Postgres, granted: &Granted) -> Revoked {
    let began = Instant::now();
    loop {
        match postgres.revoke(granted).await {
            Ok(revoked) => {
                note(began.elapsed());
                return revoked;
            }
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

/// How long the end took in this attack, for measurements (`APONO_ENDS` names a file).
fn note(took: Duration) {
    if let Some(file) = std::env::var_os("APONO_ENDS") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        let thread = std::thread::current();
        let line = format!("{} {}\n", thread.name().unwrap_or("an attack"), took.as_millis());
        std::io::Write::write_all(&mut file.unwrap(), line.as_bytes()).unwrap();
    }
}

/// The server's version, as `150018`.
pub(super) async fn version(ctx: &Context) -> u32 {
    let version = ctx.ask("SELECT current_setting('server_version_num')").await;
    version.parse().unwrap()
}
