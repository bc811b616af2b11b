//! What a group role really gives, looked up on the server at the time of the grant.
//!
//! Invariant: no login gets a group role through which it could make itself more than the config says, or keep something
//! for later, unless the config names that power of that group role on purpose.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::errors::failed;
use super::names::Identifier;
use super::server::Server;
use super::target::Plan;

/// Powers that the config allows, by group role, in the words of [`Power::word`].
pub(crate) type Allowed = BTreeMap<String, Vec<String>>;

/// What a group role must not be or have, since its members would have it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Bot,
    Superuser,
    CreateRole,
    CreateDb,
    Replication,
    BypassRls,
    ServerRole,
    ProviderRole,
    Login,
    Owns,
    Admin,
    Parameters,
    GrantOption,
    Trigger,
    Files,
}

impl Power {
    pub const ALL: [Self; 15] = [
        Self::Bot,
        Self::Superuser,
        Self::CreateRole,
        Self::CreateDb,
        Self::Replication,
        Self::BypassRls,
        Self::ServerRole,
        Self::ProviderRole,
        Self::Login,
        Self::Owns,
        Self::Admin,
        Self::Parameters,
        Self::GrantOption,
        Self::Trigger,
        Self::Files,
    ];

    /// Whether the config can allow it. Whoever has the bot's own role has every access there is.
    pub const fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Bot)
    }

    /// As `allow_roles` has it, and the queries below.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Superuser => "superuser",
            Self::CreateRole => "createrole",
            Self::CreateDb => "createdb",
            Self::Replication => "replication",
            Self::BypassRls => "bypassrls",
            Self::ServerRole => "server-role",
            Self::ProviderRole => "provider-role",
            Self::Login => "login",
            Self::Owns => "owns",
            Self::Admin => "admin",
            Self::Parameters => "parameters",
            Self::GrantOption => "grant-option",
            Self::Trigger => "trigger",
            Self::Files => "files",
        }
    }

    /// Reads on from the role's name.
    const fn told(self) -> &'static str {
        match self {
            Self::Bot => "is the bot's own",
            Self::Superuser => "is a superuser",
            Self::CreateRole => "has CREATEROLE",
            Self::CreateDb => "has CREATEDB",
            Self::Replication => "has REPLICATION",
            Self::BypassRls => "has BYPASSRLS",
            Self::ServerRole => "is one of the server's own",
            Self::ProviderRole => "is one of a provider's own",
            Self::Login => "can log in, so that a member could change its password and come back",
            Self::Owns => "owns objects, which its members could change or drop",
            Self::Admin => "has ADMIN OPTION on a role, so that its members could pass that on",
            Self::Parameters => "may change the server's parameters",
            Self::GrantOption => "has rights with GRANT OPTION, which its members could pass on",
            Self::Trigger => {
                "has TRIGGER on tables: a member's trigger runs with the rights of whoever writes there"
            }
            Self::Files => {
                "may call functions that the server keeps from everybody else, as those that read its files"
            }
        }
    }
}

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

/// Refuses what a plan must not give: what [`check`] refuses, what its groups may do in the databases they are for, and a group
/// whose members cannot enter its database.
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
                return Err(IntegrationError::Refuse(format!(
                    "the group role {} has no CONNECT on {database}",
                    group.as_str()
                )));
            }
        }
        server
            .in_database(connection, database, async |there| {
                check_in_database(there, &groups, allowed).await
            })
            .await?;
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

/// Refuses groups that do not exist, and powerful ones, by what is the same in all databases.
pub(crate) async fn check(
    connection: &mut PgConnection,
    groups: &[Identifier],
    allowed: &Allowed,
) -> Result<(), IntegrationError> {
    for group in groups {
        if !exists(connection, group).await? {
            return Err(IntegrationError::Refuse(format!(
                "the group role {} does not exist",
                group.as_str()
            )));
        }
    }
    refuse(connection, groups, allowed, ON_THE_SERVER).await
}

/// The same by what each database has of its own: rights on its objects, and who may call its functions.
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
    let found: Vec<(String, String, String)> = sqlx::query_as(powers)
        .bind(&names)
        .fetch_all(connection)
        .await
        .map_err(failed("reading the group roles"))?;
    for (group, role, word) in found {
        let Some(power) = Power::ALL.into_iter().find(|power| power.word() == word) else {
            continue;
        };
        let can_be_allowed = power.can_be_allowed();
        if can_be_allowed && allowed.get(&group).is_some_and(|words| words.contains(&word)) {
            continue;
        }
        let told = power.told();
        let leads_to = if role == group {
            String::new()
        } else {
            format!("leads to {role}, which ")
        };
        let allow = if can_be_allowed {
            format!(
                "; to allow it: allow_roles = {{ {} = [\"{word}\"] }}",
                toml_key(&group)
            )
        } else {
            String::new()
        };
        return Err(IntegrationError::Refuse(format!(
            "the group role {group} {leads_to}{told}{allow}"
        )));
    }
    Ok(())
}

/// As a key of TOML, which goes without quotes only where it is letters, digits, `_` and `-`.
fn toml_key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.chars().all(is_bare) {
        return name.to_owned();
    }
    toml::Value::from(name).to_string()
}

/// Every edge counts, whatever its INHERIT and SET options are: with ADMIN a member can give itself the rest. The providers'
/// roles: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html>,
/// <https://cloud.google.com/sql/docs/postgres/users>, <https://learn.microsoft.com/azure/postgresql/flexible-server/security-manage-database-users>.
const ON_THE_SERVER: &str = "
    WITH RECURSIVE reach(start, role) AS (
        SELECT oid, oid FROM pg_roles WHERE rolname = ANY($1::text[])
        UNION
        SELECT reach.start, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    )
    SELECT g.rolname::text, r.rolname::text, power.word
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

/// Functions of the server that not everybody may call reach its files, programs, settings or write-ahead log; those that reset
/// or read statistics do not. What the server's own roles may call is told with them.
const IN_A_DATABASE: &str = "
    WITH RECURSIVE reach(start, role) AS (
        SELECT oid, oid FROM pg_roles WHERE rolname = ANY($1::text[])
        UNION
        SELECT reach.start, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    ), grantable(role) AS (
        SELECT x.grantee FROM pg_class CROSS JOIN aclexplode(relacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_attribute CROSS JOIN aclexplode(attacl) x WHERE attacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee FROM pg_namespace CROSS JOIN aclexplode(nspacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_proc CROSS JOIN aclexplode(proacl) x WHERE proacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee FROM pg_type CROSS JOIN aclexplode(typacl) x WHERE typacl IS NOT NULL AND x.is_grantable
        UNION SELECT x.grantee FROM pg_language CROSS JOIN aclexplode(lanacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_foreign_server CROSS JOIN aclexplode(srvacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_foreign_data_wrapper CROSS JOIN aclexplode(fdwacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_database CROSS JOIN aclexplode(datacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_tablespace CROSS JOIN aclexplode(spcacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_default_acl CROSS JOIN aclexplode(defaclacl) x WHERE x.is_grantable
        UNION SELECT x.grantee FROM pg_largeobject_metadata CROSS JOIN aclexplode(lomacl) x WHERE lomacl IS NOT NULL AND x.is_grantable
    ), triggers(role) AS (
        SELECT x.grantee FROM pg_class CROSS JOIN aclexplode(relacl) x WHERE x.privilege_type = 'TRIGGER' AND x.grantee <> relowner
        UNION SELECT x.grantee FROM pg_default_acl CROSS JOIN aclexplode(defaclacl) x WHERE x.privilege_type = 'TRIGGER'
    ), files(role) AS (
        SELECT x.grantee FROM pg_proc p CROSS JOIN aclexplode(p.proacl) x
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND x.privilege_type = 'EXECUTE'
          AND p.proname !~ '^pg_stat_(reset|have)'
          AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) y WHERE y.grantee = 0 AND y.privilege_type = 'EXECUTE')
    )
    SELECT g.rolname::text, r.rolname::text, power.word
    FROM reach JOIN pg_roles g ON g.oid = reach.start JOIN pg_roles r ON r.oid = reach.role
    CROSS JOIN LATERAL (VALUES
        (1, 'grant-option', r.oid IN (SELECT role FROM grantable) AND NOT r.rolsuper),
        (2, 'trigger', r.oid IN (SELECT role FROM triggers) AND NOT r.rolsuper),
        (3, 'files', r.oid IN (SELECT role FROM files) AND NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_'))
    ) AS power(place, word, has)
    WHERE power.has ORDER BY 1, 2, power.place";
