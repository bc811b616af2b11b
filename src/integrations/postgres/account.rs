//! An account that a person already has on the server, and what it can reach.
//!
//! A grant for it is a lease: a separate role that cannot log in, is a member of the group roles of the grant's units, and has
//! the account as its member. PostgreSQL itself combines what several leases give, so no grant can take away what another one,
//! or an administrator, gave.

use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::errors::failed;
use super::mark::Mark;
use super::names::{Identifier, role_prefix};
use super::target::Plan;

/// An account as the server knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) oid: i64,
    /// Whether it has the rights of its groups without `SET ROLE`.
    pub(crate) inherits: bool,
}

impl Account {
    pub(crate) async fn find(
        connection: &mut PgConnection,
        name: &Identifier,
    ) -> Result<Option<Self>, IntegrationError> {
        let found: Option<(i64, bool)> = sqlx::query_as(
            "SELECT oid::int8, rolinherit OR current_setting('server_version_num')::int >= 160000
             FROM pg_roles WHERE rolname = $1",
        )
        .bind(name.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed("reading the account"))?;
        Ok(found.map(|(oid, inherits)| Self { oid, inherits }))
    }
}

/// Why nothing can be given to the account of this name, if that is so.
pub(crate) async fn objection(
    connection: &mut PgConnection,
    name: &Identifier,
) -> Result<Option<(Trouble, String)>, IntegrationError> {
    type Row = (bool, bool, bool, Option<String>, Option<String>);
    let name = name.as_str();
    // From PostgreSQL 16 on, the creator of a role is its member in order to administer it, but gets none of its rights that
    // way.
    let row: Option<Row> = sqlx::query_as(
        "SELECT rolsuper, rolcanlogin, rolname = current_user, shobj_description(oid, 'pg_authid'),
                (SELECT string_agg(m.rolname, ', ' ORDER BY m.rolname)
                 FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
                 WHERE e.roleid = a.oid AND NOT m.rolsuper
                   AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                        OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true)))
         FROM pg_roles a WHERE rolname = $1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await
    .map_err(failed("reading the account"))?;
    let Some((superuser, can_login, own, comment, members)) = row else {
        return Ok(Some((
            Trouble::Missing,
            format!("the account {name} does not exist"),
        )));
    };
    let objection = if own {
        (Trouble::NotOurs, format!("the account {name} is the bot's own"))
    } else if superuser {
        (
            Trouble::TooMuch,
            format!(
                "the account {name} is a superuser: it already has all rights, and the bot cannot end its sessions"
            ),
        )
    } else if Mark::read(comment.as_deref()) != Mark::Foreign {
        (
            Trouble::NotOurs,
            format!("the account {name} was created by apono for a grant"),
        )
    } else if !can_login {
        (Trouble::Setup, format!("the account {name} cannot log in"))
    } else if let Some(members) = members {
        (
            Trouble::TooMuch,
            format!("the account {name} has members that would get its access too: {members}"),
        )
    } else {
        return Ok(None);
    };
    Ok(Some(objection))
}

/// Whether the account is a member of its lease, no matter who granted that. Both are oids.
pub(crate) async fn is_joined(
    connection: &mut PgConnection,
    lease: i64,
    account: i64,
) -> Result<bool, IntegrationError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_auth_members WHERE roleid::int8 = $1 AND member::int8 = $2)",
    )
    .bind(lease)
    .bind(account)
    .fetch_one(connection)
    .await
    .map_err(failed("reading the membership"))
}

/// A role that is a member of one of our roles, or that our role was made for.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) oid: i64,
    pub(crate) name: String,
}

impl From<(i64, String)> for Member {
    fn from((oid, name): (i64, String)) -> Self {
        Self { oid, name }
    }
}

/// The members of the role with this oid. Left out are the bot itself and others who are members only to administer it,
/// because they get none of its rights that way, and superusers, who lose nothing.
pub(crate) async fn members(
    connection: &mut PgConnection,
    role: i64,
) -> Result<Vec<Member>, IntegrationError> {
    let found: Vec<(i64, String)> = sqlx::query_as(
        "SELECT DISTINCT m.oid::int8, m.rolname::text
         FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
         WHERE e.roleid::int8 = $1 AND m.rolname <> current_user AND NOT m.rolsuper
           AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true))
         ORDER BY 1",
    )
    .bind(role)
    .fetch_all(connection)
    .await
    .map_err(failed("reading the members"))?;
    Ok(found.into_iter().map(Member::from).collect())
}

/// The account in the plan: by its oid if that was recorded, whatever its present name is.
pub(crate) async fn named(
    connection: &mut PgConnection,
    plan: &Plan,
) -> Result<Option<Member>, IntegrationError> {
    let found: Option<(i64, String)> = sqlx::query_as(
        "SELECT oid::int8, rolname::text FROM pg_roles
         WHERE CASE WHEN $1::int8 IS NULL THEN rolname = $2 ELSE oid::int8 = $1 END",
    )
    .bind(plan.target.account_oid)
    .bind(plan.account.as_ref().map(Identifier::as_str))
    .fetch_optional(connection)
    .await
    .map_err(failed("reading the account"))?;
    Ok(found.map(Member::from))
}

/// A group role of the plan that the account also has in some other way than through the plan's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) group: String,
    /// `AR-7`, or `others` if it does not come from a grant of this installation.
    pub(crate) by: String,
}

/// Which of the plan's groups the account with this oid reaches without the plan's lease.
pub(crate) async fn kept(
    connection: &mut PgConnection,
    plan: &Plan,
    account: i64,
) -> Result<Vec<Kept>, IntegrationError> {
    let prefix = role_prefix(&plan.target.install)
        .map_err(|e| IntegrationError::refuse(Trouble::Setup, format!("the installation's id {e}")))?;
    let groups = plan.groups()?;
    let names: Vec<&str> = groups.iter().map(Identifier::as_str).collect();
    // A first step that is not the plan's lease, followed by any path.
    let found: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT DISTINCT g.rolname::text,
                CASE WHEN starts_with(first.rolname, $3) THEN shobj_description(first.oid, 'pg_authid') END
         FROM pg_auth_members e JOIN pg_roles first ON first.oid = e.roleid
         JOIN pg_roles g ON g.rolname = ANY($2::text[]) AND pg_has_role(first.oid, g.oid, 'MEMBER')
         WHERE e.member::int8 = $1 AND first.rolname <> $4
         ORDER BY 1, 2",
    )
    .bind(account)
    .bind(&names)
    .bind(prefix)
    .bind(plan.login.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed("reading the account's other memberships"))?;
    let kept = found.into_iter().map(|(group, comment)| Kept {
        group,
        by: match Mark::read(comment.as_deref()) {
            Mark::Ours { request, .. } => request.to_string(),
            Mark::Foreign => "others".to_owned(),
        },
    });
    Ok(kept.collect())
}
