//! Access on a PostgreSQL server (14 to 18): a login for each grant, created for it and dropped after it, or a membership for
//! an account that the grantee already has there.
//!
//! A membership is a lease: the grant's own role between the account and the group roles. PostgreSQL combines what an
//! account's leases give, so overlapping grants never end each other, what an administrator gave is never taken away, and the
//! server itself knows each grant and its end.
//!
//! A login gets its rights only through the group roles of its units. Every login of a server can connect to every database
//! where `PUBLIC` has `CONNECT`, and has the rights of `PUBLIC` there: that is PostgreSQL's default, which an administrator
//! removes with `REVOKE CONNECT ON DATABASE ... FROM PUBLIC`; [`Integration::check`] warns about it.
//!
//! The bot's own role needs `CREATEROLE`, membership in `pg_signal_backend`, and from PostgreSQL 16 on `ADMIN OPTION` on the
//! group roles; it should not be a superuser. A bounded bot's role needs none of these, and writes through functions that
//! check each step. [`TargetSetup`] generates the SQL for either.
//!
//! Invariant: a login's end is on the server from its first moment, so nobody can log in with a password after it, even if the
//! bot is dead (`VALID UNTIL` applies to the password: a `pg_hba.conf` that trusts these logins would let them in until the
//! revoke). [`Integration::revoke`] ends the sessions that are open then.

mod abilities;
mod account;
mod address;
mod beside;
mod check;
mod check_bounded;
mod check_databases;
mod check_groups;
mod clean_up;
mod clean_up_bounded;
mod cluster;
mod config;
mod connect;
mod discover;
mod end_sessions;
mod errors;
mod grant;
mod groups;
mod heir;
mod in_use;
mod inspect;
mod kind;
mod lock;
mod login;
mod mark;
mod member;
mod names;
mod one_database;
mod permissions;
mod planted;
mod power;
mod prepared;
mod promises;
mod reach;
mod reap;
mod replica;
mod restore;
mod revoke;
mod rights;
mod roles;
mod server;
mod sessions;
mod setup_bounded;
mod setup_groups;
mod setup_sql;
mod share;
mod steps;
mod stuck;
mod take;
mod take_back;
mod take_off;
mod target;
mod unfinished;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use self::cluster::Cluster;
use self::target::Plan;
use self::target::group_of;
use super::{
    Confirmed, Connect, EarlyRevoke, GrantOrder, Guarantees, Integration, IntegrationError, KeepsState,
    Memberships, Offer, OnOffer, Revoked,
};
use crate::access::grant::Granted;
use crate::access::resource::Resource;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::access::usage::Tells;
use crate::findings::Finding;
use crate::secrets::SecretRef;

pub use self::config::PostgresConfig;
pub use self::kind::PostgresKind;
pub use self::power::Power;
pub use self::reap::reap_sql;
pub use self::setup_bounded::Bounds;
pub use self::setup_sql::{PASSWORD, TargetSetup};
pub(crate) use self::unfinished::Unfinished;

pub const KIND: &str = "postgres";

/// How long a call may take, whatever the server does. Callers' leases are at least three times as long.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// The same for a check, which opens a connection to each database while a person is waiting.
const CHECK_TIMEOUT: Duration = Duration::from_mins(1);

/// One `[[integrations]]` of kind `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresSettings {
    pub name: String,
    /// Holds the admin URL.
    pub url: SecretRef,
    /// In file order, from the weaker to the stronger.
    pub permissions: Vec<Permission>,
    /// Databases on offer; none means all that are found.
    pub resources: Option<Vec<String>>,
    /// The host and port for people, if different from the admin URL's.
    pub connect_host: Option<String>,
    pub connect_port: Option<u16>,
    /// Powers that group roles may have anyway, by group role, in the words of [`Power::word`].
    pub allow_roles: BTreeMap<String, Vec<String>>,
    pub account: AccountKind,
    /// The admin URLs of streaming replicas, where people have sessions too.
    pub replicas: Vec<SecretRef>,
    /// The bot's role has no `CREATEROLE`, and writes only through the functions of `setup-sql --bounded`.
    pub bounded: bool,
    /// The longest access its flows give, which the functions of a bounded role have to allow; none outside a check.
    pub longest: Option<Duration>,
}

/// What can be requested on each database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    pub name: String,
    /// Template of its group role's name; `{resource}` is the database.
    pub group: String,
    /// Whether members may become the group with `SET ROLE`; before PostgreSQL 16 every member may.
    pub set_role: bool,
    /// Whether code of a login that others' objects call stays after its end.
    pub leave_code: bool,
    /// Template of the role that gets what a login created; none leaves it with the locked login.
    pub heir: Option<String>,
}

impl Permission {
    /// Only a group role.
    pub fn of(name: &str, group: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: group.to_owned(),
            set_role: false,
            leave_code: false,
            heir: None,
        }
    }
}

/// The accounts people log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A login created for each grant.
    Ephemeral,
    /// Accounts that they already have on the server.
    Personal {
        /// Those in the config, for checks; each order says whose account it is for.
        roles: Vec<String>,
    },
}

/// A PostgreSQL server as a target, and its replicas.
#[derive(Debug)]
pub struct Postgres {
    settings: PostgresSettings,
    cluster: Cluster,
    unfinished: Unfinished,
}

impl Postgres {
    /// Reads each admin URL once, to learn which host its password is for.
    pub fn new(settings: PostgresSettings) -> Result<Self, IntegrationError> {
        let cluster = Cluster::from_secrets(&settings.url, &settings.replicas, settings.bounded)?;
        Ok(Self::on(cluster, settings))
    }

    /// The same, only for a reap: it ends what it can even if a replica's admin URL cannot be read, and says so.
    pub fn for_reap(settings: PostgresSettings) -> Result<Self, IntegrationError> {
        let cluster = Cluster::of_readable_secrets(&settings.url, &settings.replicas, settings.bounded)?;
        Ok(Self::on(cluster, settings))
    }

    fn on(cluster: Cluster, settings: PostgresSettings) -> Self {
        Self {
            settings,
            cluster,
            unfinished: Unfinished::default(),
        }
    }

    /// The target of a stored grant whose integration is no longer in the config: it revokes and cleans up, and offers
    /// nothing.
    pub fn from_granted(granted: &Granted) -> Result<Self, IntegrationError> {
        let Plan { target, account, .. } = Plan::read(granted)?;
        Ok(Self {
            cluster: Cluster::of_snapshot(&target),
            settings: PostgresSettings {
                name: granted.integration.clone(),
                url: target.endpoint.secret,
                permissions: Vec::new(),
                resources: None,
                connect_host: None,
                connect_port: None,
                allow_roles: BTreeMap::new(),
                account: match account {
                    None => AccountKind::Ephemeral,
                    Some(account) => AccountKind::Personal {
                        roles: vec![account.as_str().to_owned()],
                    },
                },
                replicas: target.replicas.into_iter().map(|r| r.secret).collect(),
                bounded: target.bounded,
                longest: None,
            },
            unfinished: Unfinished::default(),
        })
    }

    /// Continues revokes that were begun by another target made from the same snapshots.
    pub(crate) fn going_on_with(self, unfinished: Unfinished) -> Self {
        Self { unfinished, ..self }
    }

    /// Reads a stored grant. How the bot writes on its server follows the present config, as long as it is the same server.
    fn plan(&self, granted: &Granted) -> Result<Plan, IntegrationError> {
        let mut plan = Plan::read(granted)?;
        if self.is_ours(&plan) {
            plan.target.bounded = self.settings.bounded;
        }
        Ok(plan)
    }

    /// There may be more databases by now than when the grant was prepared.
    async fn must_be_for_one_database(&self, cluster: &Cluster, plan: &Plan) -> Result<(), IntegrationError> {
        let mut connection = cluster.primary.connection("connecting").await?;
        let offered = discover::databases(&mut connection, &self.settings).await?;
        one_database::must_be_one(&self.settings.permissions, &offered, plan)
    }

    fn is_ours(&self, plan: &Plan) -> bool {
        let (granted_on, ours) = (&plan.target.endpoint, &self.cluster.primary.endpoint);
        (&granted_on.host, granted_on.port) == (&ours.host, ours.port)
    }

    /// The accounts in the config.
    fn accounts(&self) -> &[String] {
        match &self.settings.account {
            AccountKind::Ephemeral => &[],
            AccountKind::Personal { roles } => roles,
        }
    }

    /// The server in the snapshot, which is the configured one unless the config has changed since. While it is the configured
    /// one, the secret and the replicas come from the present config: a secret that was moved is gone from its old place, a
    /// new replica has the grant's sessions too, and a replica that was given up must not block revokes forever.
    fn cluster_of(&self, plan: &Plan) -> Cluster {
        if self.is_ours(plan) {
            self.cluster.clone()
        } else {
            Cluster::of_snapshot(&plan.target)
        }
    }
}

/// Stops waiting after [`CALL_TIMEOUT`]; what was begun is rolled back, or found by the next try.
async fn within<T>(call: impl Future<Output = Result<T, IntegrationError>>) -> Result<T, IntegrationError> {
    at_most(CALL_TIMEOUT, call).await
}

async fn at_most<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, IntegrationError>>,
) -> Result<T, IntegrationError> {
    let seconds = limit.as_secs();
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        Err(IntegrationError::retry(
            Trouble::Slow,
            format!("the server did not finish within {seconds} s"),
        ))
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
            target_deadline: match &self.settings.account {
                AccountKind::Ephemeral => true,
                AccountKind::Personal { .. } => false,
            },
        }
    }

    fn tells_use(&self, granted: &Granted) -> Option<Tells> {
        let is_own_login = Plan::read(granted).is_ok_and(|plan| plan.account.is_none());
        is_own_login.then_some(Tells::Sessions)
    }

    fn permissions(&self) -> Vec<String> {
        let names = self
            .settings
            .permissions
            .iter()
            .map(|permission| &permission.name);
        names.cloned().collect()
    }

    fn means(&self, permission: &str, resource: &str) -> Option<String> {
        let mut permissions = self.settings.permissions.iter();
        let found = permissions.find(|known| known.name == permission);
        found.map(|found| format!("group role {}", group_of(&found.group, resource)))
    }

    fn offer(&self) -> Offer<'_> {
        Offer::Discovered(self)
    }

    async fn ready(&self) -> Result<(), IntegrationError> {
        self.cluster.must_be_protected()
    }

    async fn check(&self, now: Timestamp) -> Result<Vec<Finding>, IntegrationError> {
        at_most(CHECK_TIMEOUT, check::check(&self.cluster, &self.settings, now)).await
    }

    async fn reach(&self, resources: &[Resource]) -> Result<Vec<OnOffer>, IntegrationError> {
        at_most(
            CHECK_TIMEOUT,
            reach::reach(&self.cluster.primary, &self.settings, resources),
        )
        .await
    }

    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError> {
        self.cluster.must_be_protected()?;
        target::prepare(&self.settings, &self.cluster, order)
    }

    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
        let plan = self.plan(granted)?;
        let cluster = self.cluster_of(&plan);
        cluster.must_be_protected()?;
        within(async {
            self.must_be_for_one_database(&cluster, &plan).await?;
            grant::grant(&cluster.primary, &plan, until).await
        })
        .await
    }

    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError> {
        let plan = self.plan(granted)?;
        let cluster = self.cluster_of(&plan);
        within(revoke::revoke(&cluster, &plan, self.accounts(), &self.unfinished)).await
    }

    fn connect(&self) -> Connect<'_> {
        Connect::Makes(self)
    }

    fn state(&self) -> Option<&dyn KeepsState> {
        Some(self)
    }

    fn memberships(&self) -> Option<&dyn Memberships> {
        Some(self)
    }
}
