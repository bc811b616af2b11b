//! What a group role really gives, looked up on the server at the time of the grant.
//!
//! Invariant: no login gets a group role through which it could make itself more than the config says, unless the config
//! lists that group role on purpose.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use super::names::Identifier;

pub(crate) async fn exists(
    connection: &mut PgConnection,
    role: &Identifier,
) -> Result<bool, IntegrationError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(role.as_str())
        .fetch_one(connection)
        .await
        .map_err(failed("reading the group roles"))
}

/// Refuses groups that do not exist, and powerful ones that are not in `allowed`.
pub(crate) async fn check(
    connection: &mut PgConnection,
    groups: &[Identifier],
    allowed: &[String],
) -> Result<(), IntegrationError> {
    let names: Vec<&str> = groups.iter().map(Identifier::as_str).collect();
    // Every edge counts, whatever its INHERIT and SET options are: with ADMIN a member can give itself the rest.
    let reached: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "WITH RECURSIVE reach(start, role) AS (
             SELECT oid, oid FROM pg_roles WHERE rolname = ANY($1::text[])
             UNION
             SELECT reach.start, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
         )
         SELECT g.rolname::text, r.rolname::text,
                CASE WHEN r.rolname = current_user THEN 'is the bot''s own'
                     WHEN r.rolsuper THEN 'is a superuser'
                     WHEN r.rolcreaterole THEN 'has CREATEROLE'
                     WHEN r.rolreplication THEN 'has REPLICATION'
                     WHEN r.rolbypassrls THEN 'has BYPASSRLS'
                     WHEN starts_with(r.rolname, 'pg_') THEN 'is one of the server''s own'
                END
         FROM reach JOIN pg_roles g ON g.oid = reach.start JOIN pg_roles r ON r.oid = reach.role
         ORDER BY 1, 2",
    )
    .bind(&names)
    .fetch_all(connection)
    .await
    .map_err(failed("reading the group roles"))?;
    for name in names {
        if !reached.iter().any(|(group, ..)| group == name) {
            return Err(IntegrationError::Refuse(format!(
                "the group role {name} does not exist"
            )));
        }
    }
    for (group, role, power) in reached {
        if let Some(power) = power
            && !allowed.contains(&group)
        {
            let leads_to = if role == group {
                String::new()
            } else {
                format!("leads to {role}, which ")
            };
            return Err(IntegrationError::Refuse(format!(
                "the group role {group} {leads_to}{power}, and allow_roles does not list it"
            )));
        }
    }
    Ok(())
}
