//! What of ours is live on a server and its replicas.

use super::super::{IntegrationError, LiveGrant};
use super::cluster::Cluster;
use super::errors::failed;
use super::mark::Mark;
use super::names::role_prefix;
use super::target::Membership;
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;

/// The role, its end, its comment, and the accounts that are its members.
type Row = (String, Option<i64>, Option<String>, Vec<String>);

/// Logins of this install that can log in or are still in session somewhere, and leases that give an account something.
pub(crate) async fn inspect(
    cluster: &Cluster,
    install: &InstallId,
) -> Result<Vec<LiveGrant>, IntegrationError> {
    let prefix =
        role_prefix(install).map_err(|e| IntegrationError::Refuse(format!("the install's id {e}")))?;
    let in_session = in_session(cluster, &prefix).await?;
    let mut connection = cluster
        .primary
        .pool()?
        .acquire()
        .await
        .map_err(failed("connecting"))?;
    // From PostgreSQL 16 on the bot is a member of what it made, so as to administer it.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT rolname::text,
                CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
                shobj_description(oid, 'pg_authid'),
                CASE WHEN rolcanlogin THEN '{}' ELSE members END
         FROM pg_roles r CROSS JOIN LATERAL (
             SELECT ARRAY(SELECT m.rolname::text FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
                          WHERE e.roleid = r.oid AND m.rolname <> current_user ORDER BY 1) AS members) AS joined
         WHERE starts_with(rolname, $1)
           AND (rolcanlogin AND coalesce(rolvaliduntil, 'infinity') > clock_timestamp()
                OR NOT rolcanlogin AND members <> '{}' AND EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)
                OR r.oid::int8 = ANY($2))
         ORDER BY 1",
    )
    .bind(prefix)
    .bind(in_session)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed("listing the logins"))?;
    let live = rows.into_iter().map(|(role, until, comment, members)| LiveGrant {
        principal: if members.is_empty() {
            role
        } else {
            Membership::principal(&members.join(", "), &role)
        },
        request: match Mark::read(comment.as_deref()) {
            Mark::Ours { request, .. } => Some(request),
            Mark::Foreign => None,
        },
        until: until.map(Timestamp::from_micros),
    });
    Ok(live.collect())
}

/// Oids of the roles with this prefix that have a session on the server or on a replica.
pub(crate) async fn in_session(cluster: &Cluster, prefix: &str) -> Result<Vec<i64>, IntegrationError> {
    let mut in_session = Vec::new();
    for server in std::iter::once(&cluster.primary).chain(&cluster.replicas) {
        let mut connection = server.pool()?.acquire().await.map_err(failed("connecting"))?;
        let found: Vec<i64> = sqlx::query_scalar(
            "SELECT DISTINCT r.oid::int8 FROM pg_roles r JOIN pg_stat_activity a ON a.usesysid = r.oid
             WHERE starts_with(rolname, $1)",
        )
        .bind(prefix)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("listing the sessions"))?;
        in_session.extend(found);
    }
    Ok(in_session)
}
