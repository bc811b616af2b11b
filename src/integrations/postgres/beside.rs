//! What stays beside a login's own objects and only a person can judge: what its group has come to own, default privileges in the
//! group's name, and what others gave a login that is kept. Any member can do the first two as the group, so that nobody can tell
//! whose they are; it is named and never touched.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use super::login::Login;
use super::planted::some_of;
use super::power::Power;
use super::server::Server;
use super::setup_sql::literal;
use super::target::Plan;

const DOING: &str = "looking for what was made in a group's name";

/// What the plan's groups own in their databases, and whom they give what they make; groups that may own objects are not looked
/// at. That one cannot be looked at keeps no login from being dropped.
pub(crate) async fn of_the_groups(
    server: &Server,
    connection: &mut PgConnection,
    plan: &Plan,
) -> Vec<String> {
    let mut told = Vec::new();
    for unit in &plan.target.units {
        if plan.target.claimed || plan.may(&unit.group, Power::Owns) {
            continue;
        }
        let found = server
            .in_database(connection, &unit.database, async |there| {
                of_the_group(
                    there,
                    &unit.group,
                    plan.account.as_ref().unwrap_or(&plan.login).as_str(),
                )
                .await
            })
            .await;
        match found {
            Ok(found) => told.extend(found),
            Err(error) => told.push(format!(
                "what the group {} owns in {} was not looked at: {error}",
                unit.group, unit.database
            )),
        }
    }
    told
}

async fn of_the_group(
    connection: &mut PgConnection,
    group: &str,
    login: &str,
) -> Result<Vec<String>, IntegrationError> {
    let owned = described(connection, OWNED, group).await?;
    let defaults = described(connection, DEFAULTS, group).await?;
    let mut told = Vec::new();
    if !owned.is_empty() {
        told.push(format!(
            "the group {group} owns what a member made in its name, so look at it: {}",
            some_of(&owned)
        ));
    }
    if !defaults.is_empty() {
        told.push(format!(
            "the group {group} gives others what is made in its name, so look at it: {}",
            some_of(&defaults)
        ));
    }
    if !described(connection, SCHEDULES, group).await?.is_empty() {
        told.push(format!(
            "members of {group} can schedule jobs of pg_cron, which the bot cannot see; as a superuser: \
             SELECT cron.unschedule(jobid) FROM cron.job WHERE username = {}",
            literal(login)
        ));
    }
    Ok(told)
}

/// What others gave the login in this database, which only they can take back while it owns something.
pub(crate) async fn given_by_others(
    connection: &mut PgConnection,
    login: &Login,
) -> Result<Option<String>, IntegrationError> {
    let given = described(connection, GIVEN, &login.name).await?;
    Ok((!given.is_empty()).then(|| {
        format!(
            "{} still has rights that others gave it, which they can revoke: on {}",
            login.name,
            some_of(&given)
        )
    }))
}

async fn described(
    connection: &mut PgConnection,
    query: &'static str,
    role: &str,
) -> Result<Vec<String>, IntegrationError> {
    sqlx::query_scalar(query)
        .bind(role)
        .fetch_all(connection)
        .await
        .map_err(failed(DOING))
}

const OWNED: &str = "
    SELECT pg_describe_object(s.classid, s.objid, s.objsubid)
    FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND r.oid = s.refobjid
    WHERE r.rolname = $1 AND s.deptype = 'o' AND s.classid <> 'pg_default_acl'::regclass
      AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY 1 LIMIT 6";

const DEFAULTS: &str = "
    SELECT DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s', r.rolname,
               (SELECT format(' IN SCHEMA %I', nspname) FROM pg_namespace n WHERE n.oid = a.defaclnamespace),
               CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
                                    WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
               CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END)
    FROM pg_default_acl a JOIN pg_roles r ON r.oid = a.defaclrole CROSS JOIN aclexplode(a.defaclacl) x
    WHERE r.rolname = $1 AND x.grantee <> a.defaclrole
    ORDER BY 1 LIMIT 6";

/// A job runs as whoever made it, who has no rights by then, and `pg_cron` shows each role its own jobs only. Nothing in that schema
/// is called: anybody may have made it.
const SCHEDULES: &str = "
    SELECT extname::text FROM pg_extension JOIN pg_namespace ON nspname = 'cron'
    WHERE extname = 'pg_cron' AND has_schema_privilege($1, pg_namespace.oid, 'USAGE')";

const GIVEN: &str = "
    SELECT pg_describe_object(s.classid, s.objid, s.objsubid)
    FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND r.oid = s.refobjid
    WHERE r.rolname = $1 AND s.deptype = 'a'
      AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY 1 LIMIT 6";
