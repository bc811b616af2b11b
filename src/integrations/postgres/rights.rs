//! What the bot's own role lacks to administer a role it created, and the statement that gives it: the bot's role may have
//! lost `CREATEROLE`, or have no `ADMIN OPTION` on older roles after an upgrade to PostgreSQL 16.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::check_bounded;
use super::errors::failed;
use super::names::{Identifier, OF_A_GRANT};

/// Why it may not change the role of this name, for people.
pub(crate) async fn missing(
    connection: &mut PgConnection,
    role: &str,
    bounded: bool,
) -> Result<String, IntegrationError> {
    if bounded {
        return check_bounded::why_not(connection, role).await;
    }
    let doing = "reading the bot's own rights";
    let (own, creates, administers): (String, bool, bool) = sqlx::query_as(
        "SELECT current_user::text,
                (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user),
                current_setting('server_version_num')::int < 160000
                OR EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper)
                OR EXISTS (SELECT FROM pg_roles r WHERE rolname = $1
                           AND pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION'))",
    )
    .bind(role)
    .fetch_one(connection)
    .await
    .map_err(failed(doing))?;
    let named = |name: &str| Identifier::new(name).map_or_else(|_| name.to_owned(), |name| name.to_string());
    let (bot, quoted) = (named(&own), named(role));
    if !creates {
        return Ok(format!(
            "the bot's role {own} lacks CREATEROLE; as a superuser: ALTER ROLE {bot} CREATEROLE"
        ));
    }
    if !administers {
        return Ok(format!(
            "the bot's role {own} lacks ADMIN OPTION on {role}; as a superuser: GRANT {quoted} TO {bot} WITH ADMIN TRUE, \
             INHERIT FALSE, SET FALSE"
        ));
    }
    Ok(format!(
        "the bot's role {own} may not change {role}; only a superuser can"
    ))
}

/// Names of live roles of grants in one of these groups that the bot cannot administer, for the check.
pub(crate) async fn out_of_reach(
    connection: &mut PgConnection,
    groups: &[String],
) -> Result<Vec<String>, IntegrationError> {
    sqlx::query_scalar(
        "SELECT r.rolname::text FROM pg_roles r JOIN pg_roles me ON me.rolname = current_user
         WHERE r.rolname ~ $1 AND NOT me.rolsuper
           AND EXISTS (SELECT FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid
                       WHERE e.member = r.oid AND g.rolname = ANY($2))
           AND r.rolvaliduntil IS DISTINCT FROM '-infinity'
           AND NOT (me.rolcreaterole
                    AND (current_setting('server_version_num')::int < 160000
                         OR pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION')))
         ORDER BY 1",
    )
    .bind(OF_A_GRANT)
    .bind(groups)
    .fetch_all(connection)
    .await
    .map_err(failed("looking for roles that the bot cannot administer"))
}
