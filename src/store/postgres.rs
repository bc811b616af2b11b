//! Connections to PostgreSQL as the promises need them: durable commits, bounded waits, sessions of our own, no statement in any log.

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

/// After a failover the address may lead to the new primary while old connections still hold the former one, which takes no
/// writes any more.
const CONNECTION_LIVES: Duration = Duration::from_mins(3);

/// How long the bot's statements may take, getting a connection included. It is more than [`WRITER`] allows them, so that a server
/// that lives says itself what is wrong.
const WRITER_LIMIT: Duration = Duration::from_secs(12);

/// The same for tools that read everything, beside [`READER`].
const READER_LIMIT: Duration = Duration::from_secs(32);

/// A stopped replica must not hold a lock for ever, a commit that was reported must survive a crash of the server, whatever the
/// server's default is, and the server is to notice that we are gone. `SET` and not start-up options, because poolers refuse those.
const WRITER: &str = "SET application_name = 'apono';
    SET statement_timeout = '10s';
    SET idle_in_transaction_session_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
    SELECT set_config(name, CASE name WHEN 'tcp_keepalives_count' THEN '3' WHEN 'tcp_keepalives_interval' THEN '10s' ELSE '30s' END, false)
      FROM pg_settings
     WHERE name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout')";

/// A `BEGIN` whose caller was given up before it was answered is one that the driver does not know of, and would leave everything
/// that comes after it uncommitted. A statement that is its own transaction begins when that does.
const OUTSIDE_TRANSACTION: &str = "SELECT now() = statement_timestamp()";

/// Who only looks does so in one transaction, so that nothing of this outlives the connection: a pooler gives the session to
/// others.
const READER: &str =
    "BEGIN READ ONLY; SET LOCAL application_name = 'apono'; SET LOCAL statement_timeout = '30s'";

/// Where connections to a server come from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) login: Login,
    /// What is said at the beginning of each.
    session: &'static str,
    /// What is asked of each that is given back, instead of whether it is there.
    question: Option<&'static str>,
}

pub(super) async fn open(url: &SecretString, purpose: Purpose) -> Result<Pool, StoreError> {
    let options = options(url)?;
    // A pool asks a server that refuses again and again until its time is over; a start should say why at once.
    timeout(ACQUIRE_TIMEOUT, look_first(&options))
        .await
        .map_err(|_| sqlx::Error::PoolTimedOut)??;
    let (session, limit, question) = match purpose {
        Purpose::Write | Purpose::Probe => (WRITER, WRITER_LIMIT, Some(OUTSIDE_TRANSACTION)),
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
    /// A pool that connects when it is used first. It is made here and not by sea-orm, whose `connect` writes the address, password
    /// and all, into a trace.
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
            // The driver's own test waits for as long as the network tries, and one that is given back keeps its place meanwhile.
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

/// What the driver is to connect with.
pub(super) fn options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    let checked = postgres_url::check(url.expose_secret(), Whose::Ours).map_err(|sentence| {
        let why = postgres_url::behind_a_colon(sentence);
        StoreError::Unavailable(format!("its address cannot be used: {why}"))
    })?;
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let options = if checked.names_database() && options.get_database().is_some() {
        options
    } else {
        // PostgreSQL's own default, and not what a variable of the environment names.
        let user = options.get_username().to_owned();
        options.database(&user)
    };
    Ok(options
        .port(checked.port())
        // No number of ours has digits to lose, and PgBouncer refuses what it does not know.
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
