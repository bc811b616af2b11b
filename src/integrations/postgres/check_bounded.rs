//! Checks that a bounded bot is bounded, and that its functions let it do what the config says.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::check::setup_sql;
use super::errors::failed;
use super::names::OF_A_GRANT;
use super::setup_bounded::BOUNDED_VERSION;
use super::setup_sql::{literal, quoted};
use super::{AccountKind, PostgresSettings};
use crate::findings::Finding;

const DOING: &str = "reading the bounded role";

/// What the bot's own role can do beyond its functions, and what its functions lack. If they are not the expected functions,
/// nothing further can be checked.
pub(crate) async fn of_the_functions(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
) -> Result<(bool, Vec<Finding>), IntegrationError> {
    let mut findings = Vec::new();
    let too_much: Vec<String> = sqlx::query_scalar(TOO_MUCH)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    if !too_much.is_empty() {
        findings.push(Finding::problem(
            format!("the bot's role is not bounded: it {}", too_much.join(", ")),
            format!("{}, which removes that", setup_sql(settings)),
        ));
    }
    if !is_bounded(connection).await? {
        findings.push(Finding::problem(
            "the bot cannot do anything here: there is no function apono.version() that it may call",
            setup_sql(settings),
        ));
        return Ok((false, findings));
    }
    let version: i32 = sqlx::query_scalar("SELECT apono.version()")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    if version != BOUNDED_VERSION {
        findings.push(Finding::problem(
            format!(
                "the functions of the bounded role are version {version}, but the bot needs {BOUNDED_VERSION}"
            ),
            format!("{} again", setup_sql(settings)),
        ));
        return Ok((false, findings));
    }
    let (owner, lacking): (String, Vec<String>) = sqlx::query_as(OWNER)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    if !lacking.is_empty() {
        findings.push(Finding::problem(
            format!(
                "the role {owner}, which owns the bot's functions, {}",
                lacking.join(", ")
            ),
            format!("{} again", setup_sql(settings)),
        ));
    }
    if let Some(longest) = settings.longest {
        let allows: bool = sqlx::query_scalar(
            "SELECT coalesce((SELECT longest >= make_interval(secs => $1) FROM apono.policy), false)",
        )
        .bind(longest.as_secs_f64())
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
        if !allows {
            findings.push(Finding::problem(
                "the bot's functions refuse the longest access that the flows allow",
                format!("{} again", setup_sql(settings)),
            ));
        }
    }
    if let AccountKind::Personal { roles } = &settings.account {
        let unknown: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM unnest($1::text[]) AS name
             WHERE NOT EXISTS (SELECT FROM apono.accounts a JOIN pg_roles r ON r.oid = a.oid AND r.rolname = a.name
                               WHERE r.rolname = name AND NOT a.ending) ORDER BY 1",
        )
        .bind(roles)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(DOING))?;
        findings.extend(unknown.into_iter().map(|account| {
            Finding::problem(
                format!("the bot's functions do not allow access for the account {account}"),
                format!("{} again", setup_sql(settings)),
            )
        }));
    }
    Ok((true, findings))
}

/// Whether the functions exist and may be called.
pub(crate) async fn is_bounded(connection: &mut PgConnection) -> Result<bool, IntegrationError> {
    sqlx::query_scalar(CALLABLE)
        .fetch_one(connection)
        .await
        .map_err(failed(DOING))
}

/// Whether the functions allow this group role, and can give it.
pub(crate) async fn gives(connection: &mut PgConnection, group: &str) -> Result<bool, IntegrationError> {
    sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT FROM apono.groups g JOIN pg_roles r ON r.oid = g.oid AND r.rolname = g.name
             JOIN pg_namespace n ON n.nspname = 'apono'
             WHERE r.rolname = $1 AND (current_setting('server_version_num')::int < 160000
                                       OR pg_has_role(n.nspowner, r.oid, 'MEMBER WITH ADMIN OPTION')))",
    )
    .bind(group)
    .fetch_one(connection)
    .await
    .map_err(failed(DOING))
}

/// Why the functions do not touch the role of this name, and what an administrator can do; for people.
pub(crate) async fn why_not(connection: &mut PgConnection, role: &str) -> Result<String, IntegrationError> {
    let made: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM apono.made WHERE name = $1)")
        .bind(role)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    if made {
        return Ok(format!(
            "the bot's functions do not touch {role}; run the SQL of `apono integrations setup-sql --bounded` for this target again"
        ));
    }
    let by_hand = by_hand(connection, role).await?;
    Ok(format!(
        "the bot's functions did not create {role}; as a superuser: {by_hand}"
    ))
}

/// The statements that end the access of a role that the functions did not create.
async fn by_hand(connection: &mut PgConnection, role: &str) -> Result<String, IntegrationError> {
    let taken: Vec<String> = sqlx::query_scalar(
        "SELECT format('REVOKE %I FROM %I%s; ', g.rolname, r.rolname,
                       CASE WHEN current_setting('server_version_num')::int >= 160000 THEN format(' GRANTED BY %I', giver.rolname) END)
         FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid JOIN pg_roles r ON r.oid = e.member
         LEFT JOIN pg_roles giver ON giver.oid = e.grantor WHERE r.rolname = $1 ORDER BY 1",
    )
    .bind(role)
    .fetch_all(connection)
    .await
    .map_err(failed(DOING))?;
    let (taken, name, text) = (taken.concat(), quoted(role), literal(role));
    Ok(format!(
        "{taken}ALTER ROLE {name} NOLOGIN VALID UNTIL '-infinity'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \
         usename = {text}"
    ))
}

/// Roles of grants that still give somebody access, but that the functions did not create and so never touch.
pub(crate) async fn out_of_reach(
    connection: &mut PgConnection,
    groups: &[String],
) -> Result<Vec<Finding>, IntegrationError> {
    let strangers: Vec<String> = sqlx::query_scalar(
        "SELECT r.rolname::text FROM pg_roles r
         WHERE r.rolname ~ $1 AND NOT EXISTS (SELECT FROM apono.made m WHERE m.oid = r.oid AND m.name = r.rolname)
           AND (EXISTS (SELECT FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid
                        WHERE e.member = r.oid AND g.rolname = ANY($2))
                OR substr(r.rolname, 7, 8) = (SELECT install FROM apono.policy)
                   AND (r.rolcanlogin OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.oid)))
         ORDER BY 1",
    )
    .bind(OF_A_GRANT)
    .bind(groups)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(DOING))?;
    let mut findings = Vec::new();
    for role in strangers {
        findings.push(Finding::problem(
            format!("the bot cannot end the access of {role}: its functions did not create that role"),
            format!(
                "as a superuser, once it has expired: {}",
                by_hand(connection, &role).await?
            ),
        ));
    }
    Ok(findings)
}

/// The powers of the bot's role, and the roles it is a member of.
const TOO_MUCH: &str = "
    SELECT power FROM pg_roles, unnest(
        ARRAY['is a superuser', 'has CREATEROLE', 'has REPLICATION', 'has BYPASSRLS', 'has CREATEDB'],
        ARRAY[rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcreatedb]) AS p(power, has)
    WHERE rolname = current_user AND has
    UNION ALL
    SELECT 'is a member of ' || r.rolname FROM pg_auth_members e JOIN pg_roles r ON r.oid = e.roleid
    JOIN pg_roles me ON me.oid = e.member WHERE me.rolname = current_user AND NOT me.rolsuper";

const CALLABLE: &str = "
    SELECT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                   WHERE n.nspname = 'apono' AND p.proname = 'version' AND p.pronargs = 0
                     AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'))";

/// The owner of the functions, and what keeps that role from doing what they do, or lets others do it.
const OWNER: &str = "
    SELECT o.rolname::text, array_remove(ARRAY[
        CASE WHEN NOT o.rolcreaterole THEN 'lacks CREATEROLE' END,
        CASE WHEN NOT pg_has_role(o.oid, 'pg_signal_backend', 'USAGE') THEN 'is not a member of pg_signal_backend' END,
        CASE WHEN o.rolsuper THEN 'is a superuser' END,
        CASE WHEN o.rolcanlogin THEN 'can log in' END,
        (SELECT 'has members: ' || string_agg(m.rolname, ', ' ORDER BY m.rolname)
         FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
         WHERE e.roleid = o.oid AND NOT m.rolsuper
           AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true)))], NULL)
    FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = 'apono'";
