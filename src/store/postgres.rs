//! Connections to PostgreSQL, set up as the bot's guarantees require: durable commits, bounded waits, dedicated sessions, no
//! statement in any log.

use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Executor};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::connect::{ACQUIRE_TIMEOUT, Purpose, STATEMENTS};
use super::error::StoreError;
use super::login::Login;
use super::pool::{Open, Pool};
use super::pooler;
use super::silence::Silence;
use crate::postgres_url::{self, Whose};

const CONNECTIONS: u32 = 10;

/// After a failover the address may point to the new primary while old connections still go to the former one, which no longer
/// accepts writes.
const CONNECTION_LIVES: Duration = Duration::from_mins(3);

/// How long the bot's statements may take, including getting a connection. It is more than [`WRITER`] allows them, so a live
/// server reports the error itself.
const WRITER_LIMIT: Duration = Duration::from_secs(12);

/// The same for commands that read everything, together with [`READER`].
const READER_LIMIT: Duration = Duration::from_secs(32);

/// A stopped replica must not hold a lock forever; a reported commit must survive a crash of the server, whatever the server's
/// default is; and the server has to notice when we are gone. These are `SET` statements, not startup options, because poolers
/// refuse those. None of our statements runs long enough to be worth compiling.
const WRITER: &str = "SET application_name = 'apono';
    SET jit = off;
    SET statement_timeout = '10s';
    SET idle_in_transaction_session_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
    SELECT set_config(name, CASE name WHEN 'tcp_keepalives_count' THEN '3' WHEN 'tcp_keepalives_interval' THEN '10s' ELSE '30s' END, false)
      FROM pg_settings
     WHERE name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout')";

/// If a caller is cancelled before its `BEGIN` is answered, the driver does not know about that transaction, and everything
/// after it would stay uncommitted. A statement outside a transaction has the same start time as its transaction.
const OUTSIDE_TRANSACTION: &str = "SELECT now() = statement_timestamp()";

/// Read-only use happens in one transaction, so none of these settings outlives the connection: a pooler gives the session to
/// others.
const READER: &str = "BEGIN READ ONLY; SET LOCAL application_name = 'apono'; SET LOCAL jit = off; SET LOCAL statement_timeout = '30s'";

/// Where connections to a server come from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) login: Login,
    /// The statements at the start of each connection.
    session: &'static str,
    /// The query for each connection that is returned, instead of a ping.
    question: Option<&'static str>,
}

pub(super) async fn open(url: &SecretString, purpose: Purpose) -> Result<Pool, StoreError> {
    let options = options(url)?;
    // A pool retries a server that refuses until its timeout; at startup the reason should be reported at once.
    timeout(ACQUIRE_TIMEOUT, look_first(&options))
        .await
        .map_err(|_| sqlx::Error::PoolTimedOut)??;
    let (session, limit, question) = match purpose {
        Purpose::Write | Purpose::Probe | Purpose::Copy => (WRITER, WRITER_LIMIT, Some(OUTSIDE_TRANSACTION)),
        Purpose::Read => (READER, READER_LIMIT, None),
    };
    let source = Source {
        login: Login::new(options, url.clone()),
        session,
        question,
    };
    Ok(Pool::of_server(source, limit))
}

impl Source {
    /// A pool that connects on first use. It is created here and not by sea-orm, because sea-orm's `connect` writes the
    /// address, including the password, into a trace.
    pub(super) fn open(&self) -> Open {
        let silence = Silence::default();
        let (before, after) = (silence.clone(), silence.clone());
        let (session, question) = (self.session, self.question);
        let (options, changes) = self.login.in_force();
        let pool = PoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_lifetime(CONNECTION_LIVES)
            .after_connect(move |connection, _| Box::pin(begin_session(connection, session)))
            // The driver's own test waits for as long as the network retries, and a returned connection keeps its place until
            // then.
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| Box::pin(before.clone().look(connection, meta.age, None)))
            .after_release(move |connection, meta| {
                Box::pin(after.clone().look(connection, meta.age, question))
            })
            .connect_lazy_with(options);
        Open {
            db: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
            silence,
            changes,
        }
    }
}

/// The driver's connection options.
pub(super) fn options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    let checked = postgres_url::check(url.expose_secret(), Whose::Ours).map_err(|sentence| {
        let why = postgres_url::behind_a_colon(sentence);
        StoreError::Unavailable(format!("its address is not valid: {why}"))
    })?;
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let options = if checked.names_database() && options.get_database().is_some() {
        options
    } else {
        // PostgreSQL's own default, not the value of an environment variable.
        let user = options.get_username().to_owned();
        options.database(&user)
    };
    Ok(options
        .port(checked.port())
        // Our numbers have no digits to lose, and PgBouncer refuses parameters it does not know.
        .extra_float_digits(None)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging())
}

async fn look_first(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut first = options.connect().await?;
    pooler::must_keep_sessions(options, &mut first).await?;
    first.close().await?;
    Ok(())
}

async fn begin_session(connection: &mut sqlx::PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    connection.execute(sql).await.map(drop)
}
