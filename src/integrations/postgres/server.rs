//! The bot's own connections to a target's server.
//!
//! Invariant: the admin secret is read again at every use, and used only if its URL has the host and port that the endpoint
//! was made with.

use std::io::{self, ErrorKind};
use std::time::Duration;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Postgres, Transaction};
use tokio::net::TcpStream;

use super::super::IntegrationError;
use super::address;
use super::errors::{self, failed};
use crate::access::target::Trouble;
use crate::failpoint;
use crate::findings::Finding;
use crate::postgres_url::behind_a_colon;
use crate::secrets::SecretRef;

/// How long getting a connection may take; this is what a server that is down costs a caller.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long finding out why a server cannot be reached may take in addition.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Revokes come in bursts: connections are kept this long to avoid reconnecting, and there are few, to leave connections to
/// people.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// Kept open whatever happens: others' half-open connections can use up a server's limit, and then nobody gets a new one.
const FEWEST_CONNECTIONS: u32 = 1;
/// As many as there are concurrent revokes on one server, plus some for granting and checking.
const MOST_CONNECTIONS: u32 = 16;

/// Providers make a full server read-only through a default setting, which a transaction may override.
pub(crate) const WRITING: &str = "BEGIN READ WRITE";

/// Settings that would end the bot's own sessions or give it the roles it creates, if the server knows them: an unknown
/// setting cannot be among the options that a session starts with.
const QUIET: &str =
    "SELECT pg_catalog.set_config(name, CASE name WHEN 'createrole_self_grant' THEN '' ELSE '0' END, false)
    FROM pg_catalog.pg_settings WHERE name IN ('transaction_timeout', 'createrole_self_grant')";

/// The address at which the bot administers a server, and the secret it uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The database that the bot itself connects to.
    pub(crate) database: String,
    /// Contains the admin URL.
    pub(crate) secret: SecretRef,
}

impl Endpoint {
    /// `host:port`
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Why nothing can be reached there; none if something takes connections.
    async fn unreachable(&self) -> Option<io::Error> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let reached = tokio::time::timeout(PROBE_TIMEOUT, TcpStream::connect((host, self.port)));
        match reached.await {
            Ok(reached) => reached.err(),
            Err(_) => Some(ErrorKind::TimedOut.into()),
        }
    }

    /// The server that the secret points to now.
    pub(crate) fn from_secret(secret: &SecretRef) -> Result<Self, IntegrationError> {
        let (address, _) = address::read(&url_of(secret)?)?;
        Ok(Self {
            host: address.host,
            port: address.port,
            database: address.database,
            secret: secret.clone(),
        })
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) endpoint: Endpoint,
    open: Mutex<Option<Open>>,
}

/// The connections that were made with one value of the secret.
#[derive(Debug)]
struct Open {
    url: SecretString,
    pool: PgPool,
}

impl Server {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            open: Mutex::new(None),
        }
    }

    /// A transaction that can write, whatever the default of the server or the database is.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, IntegrationError> {
        match self.pool()?.begin_with(WRITING).await {
            Ok(transaction) => Ok(transaction),
            Err(error) => Err(self.not_connected("connecting", error).await),
        }
    }

    /// A pooled connection to the bot's own database.
    pub(crate) async fn connection(
        &self,
        doing: &'static str,
    ) -> Result<PoolConnection<Postgres>, IntegrationError> {
        match self.pool()?.acquire().await {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.not_connected(doing, error).await),
        }
    }

    /// Why the pool gave no connection. It tries again until its time is over and does not say why, so the cause is looked for
    /// here.
    pub(crate) async fn not_connected(&self, doing: &'static str, error: sqlx::Error) -> IntegrationError {
        let at = &self.endpoint;
        let cause = match &error {
            sqlx::Error::PoolTimedOut => at.unreachable().await.map(sqlx::Error::Io),
            _ => None,
        };
        errors::not_connected(doing, at, cause.unwrap_or(error))
    }

    /// The pooled connections to the bot's own database; a changed secret replaces them.
    pub(crate) fn pool(&self) -> Result<PgPool, IntegrationError> {
        let (url, options) = self.read_secret()?;
        let mut open = self.open.lock();
        match &*open {
            Some(kept) if kept.url.expose_secret() == url.expose_secret() => Ok(kept.pool.clone()),
            Some(_) | None => {
                let pool = PgPoolOptions::new()
                    .max_connections(MOST_CONNECTIONS)
                    .min_connections(FEWEST_CONNECTIONS)
                    .max_lifetime(None)
                    .after_connect(|connection, _| Box::pin(quiet(connection)))
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .idle_timeout(IDLE_TIMEOUT)
                    .connect_lazy_with(options);
                *open = Some(Open {
                    url,
                    pool: pool.clone(),
                });
                Ok(pool)
            }
        }
    }

    /// A separate connection to another database of the server; closed when dropped.
    pub(crate) async fn connect_to(&self, database: &str) -> Result<PgConnection, IntegrationError> {
        let (_, options) = self.read_secret()?;
        let doing = "connecting to a database";
        let connecting = async {
            let mut connection = options.database(database).connect().await?;
            quiet(&mut connection).await?;
            Ok(connection)
        };
        match tokio::time::timeout(ACQUIRE_TIMEOUT, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.not_connected(doing, error).await),
            Err(_) => Err(self.not_connected(doing, sqlx::Error::PoolTimedOut).await),
        }
    }

    /// Looks into one of the server's databases: through `home` if the URL names that database, otherwise through a separate
    /// connection.
    pub(crate) async fn in_database<T>(
        &self,
        home: &mut PgConnection,
        database: &str,
        look: impl AsyncFnOnce(&mut PgConnection) -> Result<T, IntegrationError>,
    ) -> Result<T, IntegrationError> {
        if database == self.endpoint.database {
            return look(home).await;
        }
        let mut there = self.connect_to(database).await?;
        look(&mut there).await
    }

    /// Refuses as long as the URL leaves this machine and does not say how the connection is protected. Ending access does not
    /// check this.
    pub(crate) fn must_be_protected(&self) -> Result<(), IntegrationError> {
        let url = url_of(&self.endpoint.secret)?;
        let Some(sentence) = address::unprotected(&url)? else {
            return Ok(());
        };
        let (place, secret) = (self.endpoint.place(), &self.endpoint.secret);
        let write = behind_a_colon(sentence);
        Err(IntegrationError::refuse(
            Trouble::Setup,
            format!("nothing says how the connection to {place} is protected ({secret}): {write}"),
        ))
    }

    /// What `check` reports about the connection if it is not verified.
    pub(crate) fn doubt(&self) -> Result<Option<Finding>, IntegrationError> {
        let open = address::takes_any_server(&url_of(&self.endpoint.secret)?)?;
        Ok(open.then(|| {
            Finding::warning(
                format!(
                    "anyone between the bot and {} can pose as the server: the URL's sslmode accepts any certificate",
                    self.endpoint.place()
                ),
                "end the URL with sslmode=verify-full, and add sslrootcert=FILE if you use your own CA",
            )
        }))
    }

    fn read_secret(&self) -> Result<(SecretString, PgConnectOptions), IntegrationError> {
        let url = url_of(&self.endpoint.secret)?;
        let (address, options) = address::read(&url)?;
        if (&address.host, address.port) != (&self.endpoint.host, self.endpoint.port) {
            return Err(IntegrationError::retry(
                Trouble::Setup,
                format!(
                    "{} now points to {}:{}, but this was granted on {}:{}; its password is not sent there",
                    self.endpoint.secret, address.host, address.port, self.endpoint.host, self.endpoint.port
                ),
            ));
        }
        Ok((url, options.database(&self.endpoint.database)))
    }
}

async fn quiet(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(QUIET).execute(connection).await.map(drop)
}

/// A secret that is missing now may come back later.
fn url_of(secret: &SecretRef) -> Result<SecretString, IntegrationError> {
    secret
        .read()
        .map_err(|e| IntegrationError::retry(Trouble::Secret, format!("the admin URL: {e}")))
}

/// Commits the changes on the server.
pub(crate) async fn commit(
    tx: sqlx::Transaction<'_, sqlx::Postgres>,
    doing: &'static str,
) -> Result<(), IntegrationError> {
    tx.commit().await.map_err(failed(doing))?;
    failpoint::passed(format_args!("target: {doing}"));
    Ok(())
}

/// Runs statements that take no bind parameters. Every name and text in `sql` was quoted by [`super::names`] or by the
/// server itself.
pub(crate) async fn run(
    connection: &mut PgConnection,
    doing: &'static str,
    sql: String,
) -> Result<(), IntegrationError> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed(doing))
}
