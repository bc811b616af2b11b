//! The SQL that sets up a target: a role for the bot that can do what it needs and nothing else, with comments for the
//! administrator who is responsible for it.
//!
//! Invariant: it is plain SQL except for one psql variable, the password; it is one transaction, and can be run again.

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::address;
use super::names::{BadName, Identifier, Literal};
use super::target::{RESOURCE_PLACE, group_of};
use super::{AccountKind, Permission, PostgresSettings};

/// The quoted password: psql inserts its variable `password` here.
pub const PASSWORD: &str = ":'password'";

/// The quotes around each block of the SQL.
pub(super) const QUOTE: &str = "$apono$";

/// What the SQL depends on.
#[derive(Clone, Debug)]
pub struct TargetSetup {
    /// The integration's name in the config.
    pub integration: String,
    /// The bot's role.
    pub role: String,
    /// The database that the bot itself connects to.
    pub home: String,
    pub permissions: Vec<Permission>,
    /// The databases on offer; none means all on the server.
    pub resources: Option<Vec<String>>,
    /// The accounts that people already have on the server, if access is given to those.
    pub accounts: Vec<String>,
}

impl TargetSetup {
    /// Reads the role and the database from the admin URL; its password is not used.
    pub fn of(settings: &PostgresSettings) -> Result<Self, IntegrationError> {
        let url = settings.url.read().map_err(|error| {
            IntegrationError::refuse(
                Trouble::Secret,
                format!("the admin URL: {error}; set it, or name the bot's role with --role"),
            )
        })?;
        let (address, options) = address::read(&url)?;
        Ok(Self::for_role(
            settings,
            options.get_username(),
            &address.database,
        ))
    }

    /// For a URL that names this role and this database.
    pub fn for_role(settings: &PostgresSettings, role: &str, home: &str) -> Self {
        Self {
            integration: settings.name.clone(),
            role: role.to_owned(),
            home: home.to_owned(),
            permissions: settings.permissions.clone(),
            resources: settings.resources.clone(),
            accounts: match &settings.account {
                AccountKind::Ephemeral => Vec::new(),
                AccountKind::Personal { roles } => roles.clone(),
            },
        }
    }

    /// The bot's role, if every name is possible on a PostgreSQL server and can be used in the SQL.
    pub(super) fn checked_role(&self) -> Result<Identifier, IntegrationError> {
        let role = Identifier::new(&self.role).map_err(|error| bad(&self.role, error))?;
        let groups = self.listed_groups();
        let templates = self.permissions.iter().map(|permission| &permission.group);
        let others = templates
            .chain(&self.accounts)
            .chain([&self.role, &self.home, &self.integration]);
        must_fit(groups.iter().chain(self.resources.iter().flatten()), others)?;
        // They are also in comments, which a line break would end.
        for name in [&self.integration, &self.role, &self.home] {
            must_be_one_line(name)?;
        }
        Ok(role)
    }

    /// The SQL. Refused if a name is not possible on a PostgreSQL server.
    pub fn sql(&self) -> Result<String, IntegrationError> {
        let role = self.checked_role()?;
        let Self { integration, .. } = self;
        let role_text = literal(&self.role);
        let groups = self.groups();
        Ok(format!(
            r"-- apono: a role for the bot on the target of the integration {integration}, with what it needs and nothing else.
--
-- For an administrator of the server: a superuser, or the provider's own admin role. In psql, on any database:
--     \set ON_ERROR_STOP on
--     \set password `cat FILE_WITH_THE_PASSWORD`
--     \i setup.sql
-- Anybody may have created objects here, so the first line makes only the server's own objects visible. The rest is one
-- transaction: a bot with half of its rights would fail later and elsewhere, so if a step fails, everything stays as it was. A
-- second run changes only the password.
-- A server that logs statements logs the password too. To avoid that, leave out the line with PASSWORD and run
-- \password {role} afterwards, which sends only a verifier.

SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
SELECT pg_catalog.set_config('lock_timeout', '5s', false);

BEGIN READ WRITE;

-- 1. The role. It needs CREATEROLE, because each grant gets its own login, created for it and dropped after it. It is not a
--    superuser, cannot create databases, and reads and owns nothing.
DO {QUOTE}
DECLARE
    others pg_catalog.text;
BEGIN
{not_a_superuser}
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {role_text}) THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
{told_members}
END
{QUOTE};
ALTER ROLE {role} LOGIN CREATEROLE;
ALTER ROLE {role} PASSWORD {PASSWORD};

-- 2. Ending open sessions when access expires.
GRANT pg_signal_backend TO {role};

-- 3. Connecting to its own database, and to each one where a login may leave something that has to be handed over.
{entering}

-- 4. Giving the permissions: logins become members of these group roles. From PostgreSQL 16 on that requires ADMIN
--    OPTION; the bot itself gets none of their rights.
--    ON 15 AND OLDER, CREATEROLE IS AS GOOD AS ROOT: it can give itself every role that is not a superuser, and with
--    pg_execute_server_program it can run programs as the server's own user. Guard the password accordingly, or use
--    the SQL of `apono integrations setup-sql --bounded`, which gives the bot functions instead of CREATEROLE.
DO {QUOTE}
DECLARE
    wanted pg_catalog.text;
BEGIN
    FOR wanted IN
        {groups}
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            RAISE NOTICE 'no group role %: it cannot be requested until it is created and this is run again', wanted;
        ELSIF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', wanted, {role_text});
        END IF;
    END LOOP;
END
{QUOTE};

COMMIT;

{}",
            self.choices(),
            not_a_superuser = self.not_a_superuser(),
            told_members = self.told_members(),
            entering = self.entering(),
        ))
    }

    /// The part of a block that refuses a URL with a superuser as the bot's role.
    pub(super) fn not_a_superuser(&self) -> String {
        let role = literal(&self.role);
        format!(
            r"    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {role} AND rolsuper) THEN
        RAISE EXCEPTION 'the role % is a superuser: put a role in the URL that is only for the bot, and this creates it', {role};
    END IF;"
        )
    }

    /// The part of a block (with a text variable `others`) that reports who else can do what the bot can.
    pub(super) fn told_members(&self) -> String {
        let role = literal(&self.role);
        format!(
            r"    SELECT string_agg(m.rolname, ', ') INTO others
    FROM pg_auth_members e JOIN pg_roles b ON b.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
    WHERE b.rolname = {role} AND NOT m.rolsuper AND m.rolname <> current_user;
    IF others IS NOT NULL THEN
        RAISE WARNING 'the role % has members, who can do what the bot can: %', {role}, others;
    END IF;"
        )
    }

    /// A block that lets the bot connect to each database that it needs.
    pub(super) fn entering(&self) -> String {
        let (role, databases) = (literal(&self.role), self.databases());
        format!(
            r"DO {QUOTE}
DECLARE
    wanted pg_catalog.text;
BEGIN
    FOR wanted IN
        SELECT datname FROM pg_catalog.pg_database
        WHERE {databases}
    LOOP
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', wanted, {role});
    END LOOP;
END
{QUOTE};"
        )
    }

    /// The rows of `pg_database` that the bot has to connect to.
    fn databases(&self) -> String {
        let home = literal(&self.home);
        match &self.resources {
            Some(listed) => format!("datname IN ({}) OR datname = {home}", literals(listed)),
            None => {
                format!("datallowconn AND NOT datistemplate AND datname <> 'postgres' OR datname = {home}")
            }
        }
    }

    /// A query for the names of the group roles.
    fn groups(&self) -> String {
        if self.resources.is_some() {
            return format!("SELECT unnest(ARRAY[{}])", literals(&self.listed_groups()));
        }
        let templates: Vec<String> = self
            .permissions
            .iter()
            .map(|permission| permission.group.clone())
            .collect();
        format!(
            "SELECT DISTINCT replace(template, {}, datname)
        FROM pg_catalog.pg_database, unnest(ARRAY[{}]) AS template
        WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'",
            literal(RESOURCE_PLACE),
            literals(&templates)
        )
    }

    /// The same, with whether `SET ROLE` is allowed too.
    pub(super) fn groups_and_set_role(&self) -> String {
        let rows = |of: &dyn Fn(&Permission) -> String| {
            let rows: Vec<String> = self.permissions.iter().map(of).collect();
            rows.join(", ")
        };
        let Some(databases) = &self.resources else {
            let templates =
                rows(&|permission| format!("({}, {})", literal(&permission.group), permission.set_role));
            return format!(
                "SELECT replace(template, {}, datname), set_role
        FROM pg_catalog.pg_database, (VALUES {templates}) AS t(template, set_role)
        WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'",
                literal(RESOURCE_PLACE)
            );
        };
        let groups: Vec<String> = databases
            .iter()
            .map(|database| {
                rows(&|permission| {
                    let group = group_of(&permission.group, database);
                    format!("({}, {})", literal(&group), permission.set_role)
                })
            })
            .collect();
        format!("VALUES {}", groups.join(", "))
    }

    /// The group roles of the listed databases, each once.
    fn listed_groups(&self) -> Vec<String> {
        let mut groups = Vec::new();
        for database in self.resources.iter().flatten() {
            for permission in &self.permissions {
                let group = group_of(&permission.group, database);
                if !groups.contains(&group) {
                    groups.push(group);
                }
            }
        }
        groups
    }

    /// What only the server's administrator can decide, as comments with an example.
    pub(super) fn choices(&self) -> String {
        let database = self
            .resources
            .as_ref()
            .and_then(|listed| listed.first())
            .map_or("orders", String::as_str);
        let groups: Vec<String> = self
            .permissions
            .iter()
            .map(|permission| quoted(&group_of(&permission.group, database)))
            .collect();
        let (groups, database, integration) = (groups.join(", "), quoted(database), &self.integration);
        format!(
            r"-- Your choice, database by database; {database} is the example.
--
-- If group roles are missing, `apono integrations setup-sql {integration} --group-roles` prints the SQL that creates them.
--
-- By default every login may connect to every database. To restrict logins to the databases they were made for:
--     GRANT CONNECT ON DATABASE {database} TO {groups};
--     REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC;
--
-- Before PostgreSQL 15 every login may create objects in the schema public of every database it may connect to. To stop that, run
-- this in each database, and in template1, because every new database is a copy of it:
--     REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"
        )
    }
}

fn bad(name: &str, error: BadName) -> IntegrationError {
    IntegrationError::refuse(Trouble::Setup, format!("the name {name:?} {error}"))
}

/// Refuses names that are not possible on a PostgreSQL server; and any, of these or of `others`, that would end the blocks that
/// contain them.
pub(super) fn must_fit<'a>(
    names: impl Iterator<Item = &'a String>,
    others: impl Iterator<Item = &'a String>,
) -> Result<(), IntegrationError> {
    let names: Vec<&String> = names.collect();
    for name in &names {
        Identifier::new(name).map_err(|error| bad(name, error))?;
    }
    match names.into_iter().chain(others).find(|name| name.contains(QUOTE)) {
        Some(name) => Err(IntegrationError::refuse(
            Trouble::Setup,
            format!("the name {name:?} contains {QUOTE}"),
        )),
        None => Ok(()),
    }
}

/// Refuses a name that would end a comment.
pub(super) fn must_be_one_line(name: &str) -> Result<(), IntegrationError> {
    if name.contains(char::is_control) {
        return Err(IntegrationError::refuse(
            Trouble::Setup,
            format!("the name {name:?} contains a line break or another control character"),
        ));
    }
    Ok(())
}

/// A name in an example, which is a comment, so a line break would end it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace(char::is_control, " "))
}

pub(super) fn literals(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| literal(text)).collect();
    quoted.join(", ")
}

/// Without quotes, if every server reads that the same.
pub(super) fn literal(text: &str) -> String {
    if text.contains('\\') {
        Literal(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
