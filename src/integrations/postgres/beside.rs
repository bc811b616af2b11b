//! What is left besides a login's own objects and only a person can judge: objects that its group now owns, default privileges
//! in the group's name, and rights that others gave to a login that is kept. Any member can create the first two as the group,
//! so nobody can tell who did; they are reported and never touched.

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

/// What the plan's groups own in their databases, and to whom they give new objects. Groups that are allowed to own objects
/// are not checked. A group that cannot be checked does not keep a login from being dropped.
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
                "could not check what the group {} owns in {}: {error}",
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
            "the group {group} owns objects that a member created in its name; please review: {}",
            some_of(&owned)
        ));
    }
    if !defaults.is_empty() {
        told.push(format!(
            "the group {group} has default privileges that give its new objects to others; please review: {}",
            some_of(&defaults)
        ));
    }
    if !described(connection, SCHEDULES, group).await?.is_empty() {
        told.push(format!(
            "members of {group} can schedule pg_cron jobs, which the bot cannot see; as a superuser: \
             SELECT cron.unschedule(jobid) FROM cron.job WHERE username = {}",
            literal(login)
        ));
    }
    Ok(told)
}

/// What others gave the login in this database; as long as the login owns something, only they can take it back.
pub(crate) async fn given_by_others(
    connection: &mut PgConnection,
    login: &Login,
) -> Result<Option<String>, IntegrationError> {
    let given = described(connection, GIVEN, &login.name).await?;
    Ok((!given.is_empty()).then(|| {
        format!(
            "{} still has rights that others gave it and only they can revoke: on {}",
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

/// A job runs as its creator, who has no rights left by then, and `pg_cron` shows each role only its own jobs. Nothing in that
/// schema is called, because anybody may have created it.
const SCHEDULES: &str = "
    SELECT extname::text FROM pg_extension JOIN pg_namespace ON nspname = 'cron'
    WHERE extname = 'pg_cron' AND has_schema_privilege($1, pg_namespace.oid, 'USAGE')";

const GIVEN: &str = "
    SELECT pg_describe_object(s.classid, s.objid, s.objsubid)
    FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND r.oid = s.refobjid
    WHERE r.rolname = $1 AND s.deptype = 'a'
      AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY 1 LIMIT 6";
