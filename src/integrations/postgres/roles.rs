//! The roles that were made for grants, as a server reports them: one query for everything that needs them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::super::IntegrationError;
use super::cluster::Cluster;
use super::errors::failed;
use super::in_use;
use super::mark::{Made, Mark};
use super::server::Server;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::access::usage::Sessions;

/// A replica that hangs must leave the rest of a call's time to the others.
const LOOK_WITHIN: Duration = Duration::from_secs(4);

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) oid: i64,
    pub(crate) name: String,
    pub(crate) can_login: bool,
    /// `VALID UNTIL`; none if the server has no finite time.
    pub(crate) until: Option<Timestamp>,
    /// Its deadline is minus infinity, which only a revoke sets.
    locked: bool,
    pub(crate) mark: Mark,
    /// Its members, except the bot itself, superusers, and roles that may only administer it.
    pub(crate) members: Vec<String>,
    /// The roles it is a direct member of.
    pub(crate) groups: Vec<String>,
    /// Those of them that it can become with `SET ROLE`, if the server records that for memberships (from PostgreSQL 16 on).
    pub(crate) settable: Vec<String>,
    /// In the words of `CREATE ROLE`.
    powers: Vec<String>,
    /// Whether it has a session on the server or on a replica.
    pub(crate) in_session: bool,
    /// Its sessions on all of them together.
    pub(crate) sessions: Sessions,
    /// The server's clock when this was read.
    pub(crate) read_at: Timestamp,
}

impl Role {
    /// According to its comment; judged by its attributes if the comment is from before comments included it.
    pub(crate) fn made(&self) -> Made {
        match self.mark {
            Mark::Ours { made: Some(made), .. } => made,
            Mark::Ours { made: None, .. } | Mark::Foreign if self.can_login || self.members.is_empty() => {
                Made::Login
            }
            Mark::Ours { made: None, .. } | Mark::Foreign => Made::Lease,
        }
    }

    /// Whether it is not locked, whatever the time is.
    pub(crate) fn is_open(&self) -> bool {
        !self.locked
            && match self.made() {
                Made::Login => self.can_login,
                Made::Lease => true,
            }
    }

    /// By the server's clock, and by the earlier of its two ends.
    pub(crate) fn is_over(&self) -> bool {
        let noted = match self.mark {
            Mark::Ours { until, .. } => until,
            Mark::Foreign => None,
        };
        let mut ends = [self.until, noted].into_iter().flatten();
        self.locked || ends.any(|until| until <= self.read_at)
    }

    /// Its own powers that no role of ours may have.
    pub(crate) fn undue(&self) -> Vec<&str> {
        let powers = self.powers.iter().map(String::as_str);
        let login = (self.can_login && self.made() == Made::Lease).then_some("LOGIN");
        powers.chain(login).collect()
    }

    /// The accounts it serves; a role that joined a login is not one of our accounts.
    pub(crate) fn accounts(&self) -> &[String] {
        match self.made() {
            Made::Login => &[],
            Made::Lease => &self.members,
        }
    }
}

/// Every role of `cluster` with this prefix, by name.
pub(crate) async fn with_prefix(cluster: &Cluster, prefix: &str) -> Result<Vec<Role>, IntegrationError> {
    let (roles, unseen) = in_reach(cluster, prefix).await?;
    if unseen.is_empty() {
        return Ok(roles);
    }
    Err(IntegrationError::retry(Trouble::Unreachable, unseen.join("; ")))
}

/// The same, with whichever replicas answer; and those whose sessions are unknown, with the reason.
pub(crate) async fn in_reach(
    cluster: &Cluster,
    prefix: &str,
) -> Result<(Vec<Role>, Vec<String>), IntegrationError> {
    let replicas = cluster.replicas.iter().map(async |replica| {
        let looked = tokio::time::timeout(LOOK_WITHIN, in_session(replica, prefix)).await;
        let why = match looked {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        Err(format!("the replica {}: {why}", replica.endpoint.place()))
    });
    let (mut sessions, mut unseen) = (in_session(&cluster.primary, prefix).await?, Vec::new());
    for looked in join_all(replicas).await {
        match looked {
            Ok(found) => {
                for (role, there) in found {
                    sessions.entry(role).or_default().join(&there);
                }
            }
            Err(why) => unseen.push(why),
        }
    }
    let mut connection = cluster.primary.connection("connecting").await?;
    Ok((read(&mut connection, prefix, &sessions).await?, unseen))
}

/// The role of exactly this name; its sessions were not looked up.
pub(crate) async fn named(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<Role>, IntegrationError> {
    let found = read(connection, name, &BTreeMap::new()).await?;
    Ok(found.into_iter().find(|role| role.name == name))
}

async fn read(
    connection: &mut PgConnection,
    prefix: &str,
    sessions: &BTreeMap<i64, Sessions>,
) -> Result<Vec<Role>, IntegrationError> {
    // From PostgreSQL 16 on, the creator of a role is its member in order to administer it, but gets none of its rights that
    // way.
    let mut roles: Vec<Role> = sqlx::query_as(
        "SELECT oid::int8, rolname::text, rolcanlogin,
                CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
                rolvaliduntil IS NOT DISTINCT FROM '-infinity',
                shobj_description(oid, 'pg_authid'),
                ARRAY(SELECT DISTINCT m.rolname::text
                      FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
                      WHERE e.roleid = r.oid AND m.rolname <> current_user AND NOT m.rolsuper
                        AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                             OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true))
                      ORDER BY 1),
                ARRAY(SELECT DISTINCT g.rolname::text
                      FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid
                      WHERE e.member = r.oid ORDER BY 1),
                array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                                   CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
                                   CASE WHEN rolreplication THEN 'REPLICATION' END,
                                   CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL),
                round(extract(epoch FROM clock_timestamp()) * 1000000)::int8,
                ARRAY(SELECT DISTINCT g.rolname::text
                      FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid
                      WHERE e.member = r.oid AND (to_jsonb(e) ->> 'set_option')::bool ORDER BY 1)
         FROM pg_roles r WHERE starts_with(rolname, $1) ORDER BY 2",
    )
    .bind(prefix)
    .fetch_all(connection)
    .await
    .map_err(failed("listing the logins"))?;
    for role in &mut roles {
        if let Some(sessions) = sessions.get(&role.oid) {
            role.in_session = true;
            role.sessions = sessions.clone();
        }
    }
    Ok(roles)
}

/// The sessions of the roles with this prefix on this server, by their oids.
async fn in_session(server: &Server, prefix: &str) -> Result<BTreeMap<i64, Sessions>, IntegrationError> {
    let mut connection = server.connection("connecting").await?;
    in_use::by_role(&mut connection, prefix).await
}

/// The columns of [`read`], in order; sessions are none of them.
impl FromRow<'_, PgRow> for Role {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let until: Option<i64> = row.try_get(3)?;
        let comment: Option<String> = row.try_get(5)?;
        Ok(Self {
            oid: row.try_get(0)?,
            name: row.try_get(1)?,
            can_login: row.try_get(2)?,
            until: until.map(Timestamp::from_micros),
            locked: row.try_get(4)?,
            mark: Mark::read(comment.as_deref()),
            members: row.try_get(6)?,
            groups: row.try_get(7)?,
            powers: row.try_get(8)?,
            in_session: false,
            sessions: Sessions::default(),
            read_at: Timestamp::from_micros(row.try_get(9)?),
            settable: row.try_get(10)?,
        })
    }
}
