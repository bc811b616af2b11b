//! What a group role really gives, looked up on the server when it is granted.
//!
//! Invariant: no login gets a group role through which it could gain more than the config says, or keep something for later,
//! unless the config allows that power for that group role on purpose.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::errors::failed;
use super::names::Identifier;
use super::power::Power;
use super::server::Server;
use super::target::Plan;

/// Powers that the config allows, by group role, in the words of [`Power::word`].
pub(crate) type Allowed = BTreeMap<String, Vec<String>>;

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

/// Refuses what a plan must not give: what [`check`] refuses, what its groups must not be able to do in the databases they are
/// for, and a group whose members cannot connect to its database.
pub(crate) async fn check_plan(
    server: &Server,
    connection: &mut PgConnection,
    plan: &Plan,
) -> Result<(), IntegrationError> {
    let allowed = &plan.target.allow_roles;
    check(connection, &plan.groups()?, allowed).await?;
    for database in plan.databases() {
        let groups = plan.groups_in(database)?;
        for group in &groups {
            if !enters(connection, group, database).await? {
                return Err(IntegrationError::refuse(
                    Trouble::Setup,
                    format!("the group role {} lacks CONNECT on {database}", group.as_str()),
                ));
            }
        }
        server
            .in_database(connection, database, async |there| {
                check_in_database(there, &groups, allowed).await
            })
            .await?;
    }
    for group in plan.groups()? {
        let units = plan.target.units.iter();
        let seen = units.filter(|unit| unit.group == group.as_str());
        let seen: Vec<&str> = seen.map(|unit| unit.database.as_str()).collect();
        Box::pin(check_elsewhere(server, connection, &group, &seen, allowed)).await?;
    }
    Ok(())
}

/// Like [`check_in_database`], in every other database (not in `seen`) where the group was given something and the bot can
/// look.
pub(crate) async fn check_elsewhere(
    server: &Server,
    connection: &mut PgConnection,
    group: &Identifier,
    seen: &[&str],
    allowed: &Allowed,
) -> Result<(), IntegrationError> {
    let groups = std::slice::from_ref(group);
    let databases: Vec<String> = sqlx::query_scalar(GIVEN_IN)
        .bind(group.as_str())
        .bind(seen)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed("reading the group roles"))?;
    for database in databases {
        let checked = server
            .in_database(connection, &database, async |there| {
                check_in_database(there, groups, allowed).await
            })
            .await;
        if let Err(error @ IntegrationError::Refuse { .. }) = checked {
            return Err(error.said(|why| format!("in {database}, {why}")));
        }
        checked?;
    }
    Ok(())
}

async fn enters(
    connection: &mut PgConnection,
    group: &Identifier,
    database: &str,
) -> Result<bool, IntegrationError> {
    sqlx::query_scalar("SELECT has_database_privilege($1::name, $2, 'CONNECT')")
        .bind(group.as_str())
        .bind(database)
        .fetch_one(connection)
        .await
        .map_err(failed("reading the group roles"))
}

/// Refuses groups that do not exist, and powerful ones, by what is common to all databases.
pub(crate) async fn check(
    connection: &mut PgConnection,
    groups: &[Identifier],
    allowed: &Allowed,
) -> Result<(), IntegrationError> {
    for group in groups {
        if !exists(connection, group).await? {
            return Err(IntegrationError::refuse(
                Trouble::Missing,
                format!("the group role {} does not exist", group.as_str()),
            ));
        }
    }
    refuse(connection, groups, allowed, ON_THE_SERVER).await?;
    if connection.server_version_num().unwrap_or_default() < PARAMETER_RIGHTS_SINCE {
        return Ok(());
    }
    refuse(connection, groups, allowed, OF_EVERYBODY).await
}

/// The same by what is specific to each database: rights on its objects, and who may call its functions.
pub(crate) async fn check_in_database(
    connection: &mut PgConnection,
    groups: &[Identifier],
    allowed: &Allowed,
) -> Result<(), IntegrationError> {
    refuse(connection, groups, allowed, IN_A_DATABASE).await
}

async fn refuse(
    connection: &mut PgConnection,
    groups: &[Identifier],
    allowed: &Allowed,
    powers: &'static str,
) -> Result<(), IntegrationError> {
    let names: Vec<&str> = groups.iter().map(Identifier::as_str).collect();
    let found: Vec<(String, String, String, Option<String>)> = sqlx::query_as(powers)
        .bind(&names)
        .fetch_all(connection)
        .await
        .map_err(failed("reading the group roles"))?;
    let too_much: Vec<TooMuch> = found
        .into_iter()
        .filter_map(TooMuch::read)
        .filter(|found| !found.is_allowed(allowed))
        .collect();
    let Some(TooMuch { group, .. }) = too_much.first() else {
        return Ok(());
    };
    let of_one = too_much.iter().filter(|found| found.group == *group);
    if let Some(forbidden) = of_one.clone().find(|found| !found.power.can_be_allowed()) {
        let told = forbidden.told();
        return Err(IntegrationError::refuse(
            Trouble::TooMuch,
            format!("the group role {group} {told}"),
        ));
    }
    let told: Vec<String> = of_one.clone().map(TooMuch::told).collect();
    let words: BTreeSet<String> = of_one.map(|found| format!("{:?}", found.power.name())).collect();
    let words: Vec<String> = words.into_iter().collect();
    Err(IntegrationError::refuse(
        Trouble::TooMuch,
        format!(
            "the group role {group} {}; to allow it: allow_roles = {{ {} = [{}] }}",
            told.join(", and "),
            toml_key(group),
            words.join(", ")
        ),
    ))
}

/// A power that a group role has through some role.
struct TooMuch {
    group: String,
    role: String,
    power: Power,
    /// An object through which it has the power.
    example: Option<String>,
}

impl TooMuch {
    fn read((group, role, word, example): (String, String, String, Option<String>)) -> Option<Self> {
        let power = Power::named(&word)?;
        Some(Self {
            group,
            role,
            power,
            example,
        })
    }

    fn is_allowed(&self, allowed: &Allowed) -> bool {
        let words = allowed.get(&self.group);
        self.power.can_be_allowed()
            && words.is_some_and(|words| words.iter().any(|word| word == self.power.name()))
    }

    /// Read after the group role's name.
    fn told(&self) -> String {
        let leads_to = if self.role == self.group {
            String::new()
        } else {
            format!("includes {}, which ", self.role)
        };
        let example = self
            .example
            .as_ref()
            .map_or(String::new(), |example| format!("; for example {example}"));
        format!("{leads_to}{}{example}", self.power.told())
    }
}

/// As a TOML key, which needs no quotes only if it is letters, digits, `_` and `-`.
fn toml_key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.chars().all(is_bare) {
        return name.to_owned();
    }
    toml::Value::from(name).to_string()
}

/// PostgreSQL's `pg_parameter_acl`: <https://www.postgresql.org/docs/15/release-15.html>.
const PARAMETER_RIGHTS_SINCE: u32 = 150_000;

/// This leaves no trace in the dependencies of roles.
const OF_EVERYBODY: &str = "
    SELECT rolname::text, 'PUBLIC', 'parameters', min(parname)
    FROM pg_roles, pg_parameter_acl CROSS JOIN aclexplode(paracl) x WHERE rolname = ANY($1::text[]) AND x.grantee = 0
    GROUP BY rolname ORDER BY 1";

/// What PUBLIC was given leaves no trace here.
const GIVEN_IN: &str = "
    WITH RECURSIVE reach(role) AS (
        SELECT oid FROM pg_roles WHERE rolname = $1
        UNION
        SELECT m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    )
    SELECT DISTINCT d.datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid IN (SELECT role FROM reach) AND s.deptype = 'a'
      AND d.datallowconn AND has_database_privilege(d.oid, 'CONNECT') AND d.datname <> ALL($2::text[])
    ORDER BY 1";

/// Every membership counts, whatever its INHERIT and SET options are: with ADMIN a member can give itself the rest. The
/// providers' roles: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html>,
/// <https://cloud.google.com/sql/docs/postgres/users>,
/// <https://learn.microsoft.com/azure/postgresql/flexible-server/security-manage-database-users>.
const ON_THE_SERVER: &str = "
    WITH RECURSIVE reach(start, role) AS (
        SELECT oid, oid FROM pg_roles WHERE rolname = ANY($1::text[])
        UNION
        SELECT reach.start, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    )
    SELECT g.rolname::text, r.rolname::text, power.word, NULL
    FROM reach JOIN pg_roles g ON g.oid = reach.start JOIN pg_roles r ON r.oid = reach.role
    CROSS JOIN LATERAL (VALUES
        (1, 'bot', r.rolname = current_user),
        (2, 'superuser', r.rolsuper),
        (3, 'createrole', r.rolcreaterole),
        (4, 'createdb', r.rolcreatedb),
        (5, 'replication', r.rolreplication),
        (6, 'bypassrls', r.rolbypassrls),
        (7, 'server-role', starts_with(r.rolname, 'pg_')),
        (8, 'provider-role', r.rolname ~ '^(rds_|rdsadmin$|azure_pg_admin$|azuresu$|cloudsql|alloydb)'),
        (9, 'login', r.rolcanlogin),
        (10, 'owns', EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
                             AND d.deptype = 'o' AND d.classid <> 'pg_default_acl'::regclass)),
        (11, 'admin', EXISTS (SELECT FROM pg_auth_members e WHERE e.member = r.oid AND e.admin_option)),
        (12, 'parameters', EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
                                   AND d.classid = to_regclass('pg_catalog.pg_parameter_acl')))
    ) AS power(place, word, has)
    WHERE power.has ORDER BY 1, 2, power.place";

/// Rights that a login gives on its own tables must not block the group for everybody else.
///
/// REFERENCES counts as TRIGGER: a foreign key's actions fire triggers of the referencing table, and before 18 these run as
/// the role that changes the referenced one.
///
/// Server functions that not everybody may call can reach its files, programs, settings or write-ahead log; those that reset
/// or read statistics cannot. What the server's own roles may call is reported with those roles. What PUBLIC was given counts
/// too, unless it is the server's default.
const IN_A_DATABASE: &str = "
    WITH RECURSIVE reach(start, role) AS (
        SELECT oid, role FROM pg_roles, LATERAL (VALUES (oid), (0)) everybody(role) WHERE rolname = ANY($1::text[])
        UNION
        SELECT reach.start, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    ), grants(role) AS (
        SELECT oid FROM pg_roles WHERE rolname ~ '^apono_[a-z2-7]{8}_ar[1-9]'
    ), grantable(role, example) AS (
        SELECT x.grantee, pg_class.oid::regclass::text FROM pg_class CROSS JOIN aclexplode(relacl) x
        WHERE x.is_grantable AND relowner NOT IN (SELECT role FROM grants)
        UNION SELECT x.grantee, NULL FROM pg_attribute CROSS JOIN aclexplode(attacl) x WHERE attacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_namespace CROSS JOIN aclexplode(nspacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_proc CROSS JOIN aclexplode(proacl) x WHERE proacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_type CROSS JOIN aclexplode(typacl) x WHERE typacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_language CROSS JOIN aclexplode(lanacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_foreign_server CROSS JOIN aclexplode(srvacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_foreign_data_wrapper CROSS JOIN aclexplode(fdwacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_database CROSS JOIN aclexplode(datacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_tablespace CROSS JOIN aclexplode(spcacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_default_acl CROSS JOIN aclexplode(defaclacl) x WHERE x.is_grantable
        UNION SELECT x.grantee, NULL FROM pg_largeobject_metadata CROSS JOIN aclexplode(lomacl) x WHERE lomacl IS NOT NULL AND x.is_grantable
    ), triggers(role, example) AS (
        SELECT x.grantee, pg_class.oid::regclass::text FROM pg_class CROSS JOIN aclexplode(relacl) x WHERE x.privilege_type IN ('TRIGGER', 'REFERENCES') AND x.grantee <> relowner AND relowner NOT IN (SELECT role FROM grants)
        UNION SELECT x.grantee, attrelid::regclass::text FROM pg_attribute CROSS JOIN aclexplode(attacl) x
        WHERE attacl IS NOT NULL AND x.privilege_type = 'REFERENCES'
        UNION SELECT x.grantee, NULL FROM pg_default_acl CROSS JOIN aclexplode(defaclacl) x
        WHERE x.privilege_type IN ('TRIGGER', 'REFERENCES')
    ), files(role, example) AS (
        SELECT x.grantee, p.oid::regprocedure::text FROM pg_proc p CROSS JOIN aclexplode(p.proacl) x
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND x.privilege_type = 'EXECUTE'
          AND p.proname !~ '^pg_stat_(reset|have)'
          AND (NOT EXISTS (SELECT FROM aclexplode(p.proacl) y WHERE y.grantee = 0 AND y.privilege_type = 'EXECUTE')
               OR EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
                          AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) y WHERE y.grantee = 0)))
    ), catalogs(relation, part, role, privilege) AS (
        SELECT c.oid, 0, x.grantee, x.privilege_type FROM pg_class c CROSS JOIN aclexplode(c.relacl) x
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND x.grantee <> c.relowner
        UNION ALL
        SELECT c.oid, a.attnum, x.grantee, x.privilege_type FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        CROSS JOIN aclexplode(a.attacl) x
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attacl IS NOT NULL AND x.grantee <> c.relowner
    ), secrets(role, example) AS (
        SELECT c.role, c.relation::regclass::text FROM catalogs c WHERE NOT EXISTS (
            SELECT FROM pg_init_privs i CROSS JOIN aclexplode(i.initprivs) y
            WHERE i.classoid = 'pg_class'::regclass AND i.objoid = c.relation AND i.objsubid IN (0, c.part)
              AND y.grantee IN (0, c.role) AND y.privilege_type = c.privilege)
    )
    SELECT g.rolname::text, coalesce(r.rolname, 'PUBLIC')::text, power.word, power.example
    FROM reach JOIN pg_roles g ON g.oid = reach.start LEFT JOIN pg_roles r ON r.oid = reach.role
    CROSS JOIN LATERAL (VALUES
        (1, 'grant-option', reach.role IN (SELECT role FROM grantable), (SELECT min(f.example) FROM grantable f WHERE f.role = reach.role)),
        (2, 'trigger', reach.role IN (SELECT role FROM triggers), (SELECT min(f.example) FROM triggers f WHERE f.role = reach.role)),
        (3, 'files', reach.role IN (SELECT role FROM files) AND starts_with(r.rolname, 'pg_') IS NOT TRUE,
         (SELECT min(f.example) FROM files f WHERE f.role = reach.role)),
        (4, 'secrets', reach.role IN (SELECT role FROM secrets) AND starts_with(r.rolname, 'pg_') IS NOT TRUE,
         (SELECT min(f.example) FROM secrets f WHERE f.role = reach.role))
    ) AS power(place, word, has, example)
    WHERE power.has AND r.rolsuper IS NOT TRUE ORDER BY 1, 2, power.place";
