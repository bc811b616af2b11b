//! Logins on a PostgreSQL server (13 to 18), one for each grant, made for it and dropped after it.
//!
//! A login gets its rights through the group roles of its units and through nothing else. Every login of a server can
//! connect to every database where `PUBLIC` has `CONNECT`, and has there what `PUBLIC` has: PostgreSQL's default, which an
//! administrator takes away with `REVOKE CONNECT ON DATABASE ... FROM PUBLIC`; [`Integration::check`] warns of it.
//!
//! The bot's own role needs `CREATEROLE`, membership in `pg_signal_backend`, and from PostgreSQL 16 on `ADMIN OPTION` on
//! the group roles; it should not be a superuser. [`TargetSetup`] writes the SQL that makes it.
//!
//! Invariant: a login's end is on the server from its first moment, so that nobody logs in by password after it, with the
//! bot dead too (`VALID UNTIL` is the password's: a `pg_hba.conf` that trusts these logins would let them in until the
//! revoke). What ends sessions that are open then is [`Integration::revoke`].

mod address;
mod check;
mod clean_up;
mod connect;
mod discover;
mod errors;
mod grant;
mod groups;
mod login;
mod mark;
mod names;
mod revoke;
mod server;
mod sessions;
mod setup_sql;
mod take_back;
mod target;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::errors::failed;
use self::server::{Endpoint, Server};
use self::target::{Plan, Target};
use super::{
    AccessDetails, Cleaned, Confirmed, ConnectInput, EarlyRevoke, GrantOrder, Granted, Guarantees,
    Integration, IntegrationError, LiveGrant, Resource, Revoked,
};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::findings::Finding;
use crate::secrets::SecretRef;

pub use self::setup_sql::{PASSWORD, TargetSetup};

pub const KIND: &str = "postgres";

/// How long any one call may take, whatever the server does. Callers' leases are at least three times as long.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// One `[[integrations]]` of kind `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresSettings {
    pub name: String,
    /// Holds the admin URL.
    pub url: SecretRef,
    /// Permission and its group role, in file order, from the weaker to the stronger; `{resource}` stands for the database.
    pub permissions: Vec<(String, String)>,
    /// Databases on offer; none means every one that is found.
    pub resources: Option<Vec<String>>,
    /// What people use where it differs from the admin URL's.
    pub connect_host: Option<String>,
    pub connect_port: Option<u16>,
    /// Group roles that may be given although they are powerful.
    pub allow_roles: Vec<String>,
}

/// A PostgreSQL server as a target, with `account = "ephemeral"`.
#[derive(Debug)]
pub struct Postgres {
    settings: PostgresSettings,
    server: Arc<Server>,
}

impl Postgres {
    /// Reads the admin URL once, to learn the host that its password is for.
    pub fn new(settings: PostgresSettings) -> Result<Self, IntegrationError> {
        let endpoint = Endpoint::from_secret(&settings.url)?;
        Ok(Self {
            settings,
            server: Arc::new(Server::new(endpoint)),
        })
    }

    /// The target of a stored grant whose integration the config no longer has: it revokes and cleans up, and offers nothing.
    pub fn from_granted(granted: &Granted) -> Result<Self, IntegrationError> {
        let Target { endpoint, .. } = Plan::read(granted)?.target;
        Ok(Self {
            settings: PostgresSettings {
                name: granted.integration.clone(),
                url: endpoint.secret.clone(),
                permissions: Vec::new(),
                resources: None,
                connect_host: None,
                connect_port: None,
                allow_roles: Vec::new(),
            },
            server: Arc::new(Server::new(endpoint)),
        })
    }

    /// The server that the snapshot names, which is ours unless the config has moved since.
    fn server_of(&self, plan: &Plan) -> Arc<Server> {
        if plan.target.endpoint == self.server.endpoint {
            Arc::clone(&self.server)
        } else {
            Arc::new(Server::new(plan.target.endpoint.clone()))
        }
    }
}

/// Gives up waiting after [`CALL_TIMEOUT`]; what was begun is rolled back, or found again by the next try.
async fn within<T>(call: impl Future<Output = Result<T, IntegrationError>>) -> Result<T, IntegrationError> {
    let seconds = CALL_TIMEOUT.as_secs();
    tokio::time::timeout(CALL_TIMEOUT, call)
        .await
        .unwrap_or_else(|_| {
            Err(IntegrationError::Retry(format!(
                "the server did not finish within {seconds} s"
            )))
        })
}

#[async_trait]
impl Integration for Postgres {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees {
            early_revoke: EarlyRevoke::Now,
            ends_sessions: true,
            reads_back: true,
            target_deadline: true,
        }
    }

    fn permissions(&self) -> Vec<String> {
        let names = self.settings.permissions.iter().map(|(name, _)| name);
        names.cloned().collect()
    }

    async fn discover(&self) -> Result<Vec<Resource>, IntegrationError> {
        within(async {
            let pool = self.server.pool()?;
            let mut connection = pool.acquire().await.map_err(failed("connecting"))?;
            discover::discover(&mut connection, &self.settings, &self.server.endpoint).await
        })
        .await
    }

    async fn check(&self, now: Timestamp) -> Result<Vec<Finding>, IntegrationError> {
        within(check::check(&self.server, &self.settings, now)).await
    }

    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError> {
        target::prepare(&self.settings, &self.server.endpoint, order)
    }

    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
        let plan = Plan::read(granted)?;
        within(grant::grant(&self.server_of(&plan), &plan, until)).await
    }

    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError> {
        let plan = Plan::read(granted)?;
        within(revoke::revoke(&self.server_of(&plan), &plan)).await
    }

    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError> {
        let plan = Plan::read(granted)?;
        within(clean_up::clean_up(&self.server_of(&plan), &plan)).await
    }

    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError> {
        within(async {
            let pool = self.server.pool()?;
            let mut connection = pool.acquire().await.map_err(failed("connecting"))?;
            discover::inspect(&mut connection, install).await
        })
        .await
    }

    async fn connect(
        &self,
        granted: &Granted,
        input: ConnectInput,
    ) -> Result<AccessDetails, IntegrationError> {
        match input {
            ConnectInput::Nothing | ConnectInput::PublicKey { .. } => {}
        }
        let plan = Plan::read(granted)?;
        within(connect::connect(&self.server_of(&plan), &plan)).await
    }
}
