//! Ending what is past its time by what the server alone knows: each role of a grant says whose it is and until when, in
//! `VALID UNTIL` and in its comment. Neither the bot nor its database is needed.
//!
//! Invariant: whichever of the two is earlier counts, by the server's clock; a role whose name and comment do not both say
//! that it is ours is never touched, whatever else it says.

use super::super::{IntegrationError, Reaped};
use super::cluster::Cluster;
use super::errors::failed;
use super::inspect::in_session;
use super::mark::Mark;
use super::names::{Identifier, OURS, role_prefix};
use super::revoke::{Unfinished, revoke};
use super::target::{Membership, Plan, Target, TargetUnit};
use super::within;
use crate::access::time::Timestamp;

/// A role that may be ours, as the server tells of it.
type Row = (String, Option<String>, bool, Vec<String>, Vec<String>, i64);

/// Ends each of them as a revoke would; one that cannot be ended keeps no other.
pub(crate) async fn reap(cluster: &Cluster) -> Result<Vec<Reaped>, IntegrationError> {
    let unfinished = Unfinished::default();
    let mut reaped = Vec::new();
    for plan in within(overdue(cluster)).await? {
        let end = within(revoke(cluster, &plan, &unfinished)).await;
        reaped.push(Reaped {
            principal: match &plan.target.membership {
                None => plan.login.as_str().to_owned(),
                Some(membership) => Membership::principal(&membership.account, &membership.lease),
            },
            request: plan.target.request,
            end,
        });
    }
    Ok(reaped)
}

/// What is past its time and still gives something, or is still in session.
async fn overdue(cluster: &Cluster) -> Result<Vec<Plan>, IntegrationError> {
    let in_session = in_session(cluster, OURS).await?;
    let mut connection = cluster
        .primary
        .pool()?
        .acquire()
        .await
        .map_err(failed("connecting"))?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT rolname::text, shobj_description(oid, 'pg_authid'),
                coalesce(rolvaliduntil <= clock_timestamp(), false),
                CASE WHEN rolcanlogin THEN '{}' ELSE members END, groups,
                round(extract(epoch FROM clock_timestamp()) * 1000000)::int8
         FROM pg_roles r CROSS JOIN LATERAL (
             SELECT ARRAY(SELECT m.rolname::text FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
                          WHERE e.roleid = r.oid AND m.rolname <> current_user AND NOT m.rolsuper ORDER BY 1) AS members,
                    ARRAY(SELECT g.rolname::text FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid
                          WHERE e.member = r.oid ORDER BY 1) AS groups) AS joined
         WHERE starts_with(rolname, $1)
           AND (rolcanlogin OR members <> '{}' AND groups <> '{}' OR r.oid::int8 = ANY($2))
         ORDER BY 1",
    )
    .bind(OURS)
    .bind(in_session)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed("listing the logins"))?;
    let mut plans = Vec::new();
    for (role, comment, over, members, groups, now) in rows {
        let Mark::Ours {
            install,
            request,
            until,
            ..
        } = Mark::read(comment.as_deref())
        else {
            continue;
        };
        let ours = role_prefix(&install).is_ok_and(|prefix| role.starts_with(&prefix));
        if !ours || !(over || until.is_some_and(|until| until <= Timestamp::from_micros(now))) {
            continue;
        }
        let Ok(login) = Identifier::new(&role) else {
            continue;
        };
        // A lease cannot log in, and its members are the accounts that it serves; whoever else joined a login is no account.
        let account = members.first().and_then(|member| Identifier::new(member).ok());
        let endpoint = cluster.primary.endpoint.clone();
        let target = Target {
            install,
            request,
            units: groups
                .into_iter()
                .map(|group| TargetUnit {
                    database: String::new(),
                    group,
                })
                .collect(),
            connect_host: endpoint.host.clone(),
            connect_port: endpoint.port,
            endpoint,
            allow_roles: Vec::new(),
            membership: account.as_ref().map(|account| Membership {
                account: account.as_str().to_owned(),
                lease: role,
            }),
            replicas: Vec::new(),
        };
        plans.push(Plan {
            login,
            account,
            target,
        });
    }
    Ok(plans)
}
