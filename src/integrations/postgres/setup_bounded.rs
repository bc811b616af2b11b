//! The SQL that sets up a target for a bot without rights of its own: one function for each step of a grant, owned by a role
//! that nobody can use. Each checks what the bot asks for against tables that the bot cannot write.
//!
//! Invariant: the bot's role gets only `EXECUTE` on those functions and read access to those tables, however often this is run
//! and whatever the role had before. It is one transaction.

use std::time::Duration;

use super::super::IntegrationError;
use super::names::{Identifier, install_part};
use super::setup_sql::{PASSWORD, QUOTE, TargetSetup, literal, literals, quoted};
use crate::access::ids::InstallId;
use crate::access::target::Trouble;

/// The version that these functions report; incremented when what they do changes.
pub(crate) const BOUNDED_VERSION: i32 = 2;

/// One function for each step, and helper functions.
const FUNCTIONS: &str = include_str!("bounded.sql");

/// Those that the bot calls.
const CALLED: [&str; 12] = [
    "version()",
    "make(text, timestamptz, boolean, text)",
    "touch(text)",
    "extend(text, timestamptz, text)",
    "give(text, text, boolean)",
    "take(text, text)",
    "join(text, text)",
    "part(text, text)",
    "lock(text, text)",
    "verifier(text, text)",
    "end_session(integer)",
    "drop(text)",
];

/// The caller cannot control the search path, how texts and times are read, or how long to wait for a lock.
const DEFINER: &str = "LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' SET standard_conforming_strings = on
    SET timezone = 'UTC' SET datestyle = 'ISO, YMD'";

/// The limits that the functions enforce, besides groups and accounts.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// From the creation of a role to its end.
    pub longest: Duration,
    /// Whose roles; none if not known yet, and then any installation's.
    pub install: Option<InstallId>,
}

impl TargetSetup {
    /// The SQL. Refused if a name is not possible on a PostgreSQL server.
    #[expect(clippy::too_many_lines, reason = "one SQL text, in the order it runs")]
    pub fn bounded_sql(&self, bounds: &Bounds) -> Result<String, IntegrationError> {
        let role = self.checked_role()?;
        let owner_name = format!("{}_owner", self.role);
        let owner = Identifier::new(&owner_name).map_err(|error| {
            IntegrationError::refuse(
                Trouble::Setup,
                format!("the name {owner_name:?} {error}: give the bot's role a shorter one"),
            )
        })?;
        let install = match &bounds.install {
            None => "NULL".to_owned(),
            Some(install) => install_part(install).map(literal).map_err(|error| {
                IntegrationError::refuse(Trouble::Setup, format!("the installation's id {error}"))
            })?,
        };
        let called: Vec<String> = CALLED.iter().map(|call| format!("apono.{call}")).collect();
        let functions = FUNCTIONS
            .replace("{{definer}}", DEFINER)
            .replace("{{version}}", &BOUNDED_VERSION.to_string());
        let (role_text, owner_text, home_text) =
            (literal(&self.role), literal(&owner_name), literal(&self.home));
        let longest = bounds.longest.as_secs();
        let (integration, groups) = (&self.integration, self.groups_and_set_role());
        let accounts = literals(&self.accounts);
        let home = quoted(&self.home);
        Ok(format!(
            r"-- apono: a bounded role for the bot on the target of the integration {integration}. It may log in and call functions that each do
-- one step of its work. Tables that it cannot write say who may be given what, and for how long.
--
-- For an administrator of the server: a superuser, or the provider's own admin role. In psql, on the database {home}:
--     \set ON_ERROR_STOP on
--     \set password `cat FILE_WITH_THE_PASSWORD`
--     \i setup.sql
-- Set `bounded = true` for the integration in the config. Run this again after a change to its permissions, databases or accounts,
-- to the longest duration in its flows, or to apono's version, and after a server upgrade; what these functions created keeps
-- working meanwhile. The bot cannot end access that it gave before it was bounded: wait until that has ended, or end by hand what
-- is listed at the end.
-- Anybody may have created objects here, so the first line makes only the server's own objects visible. The rest is one
-- transaction: if a step fails, everything stays as it was.
-- A server that logs statements logs the password too. To avoid that, leave out the line with PASSWORD and run
-- \password {role} afterwards, which sends only a verifier.
--
-- Anyone with the bot's password can still create logins for the groups and accounts below, again and again, for as long as
-- allowed below, and end the sessions of these logins, of these accounts, and of anyone who is just logging in. What the bot can
-- no longer do:
--   - Roll back what a login prepared. The login has no rights and no sessions by then; the bot reports the statement that an
--     administrator has to run.
--   - Clean up what a login created. It stays with the locked login, including its functions that others' triggers, defaults and
--     indexes call: the bot reports these with the statements that drop them. A login that owns nothing is dropped.
--   - Hand over what a login created to an heir, or share its tables with its group.
--   - Take back powers that somebody else gave a login (CREATEDB and the like), and memberships that somebody else gave, from 16 on.

SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
SELECT pg_catalog.set_config('lock_timeout', '5s', false);

BEGIN READ WRITE;

-- 1. Check that nobody else has prepared anything here.
DO {QUOTE}
DECLARE
    others pg_catalog.text;
BEGIN
    IF current_database() <> {home_text} THEN
        RAISE EXCEPTION 'run this in the database that the bot connects to: %', {home_text};
    END IF;
{not_a_superuser}
    SELECT r.rolname INTO others FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = 'apono' AND r.rolname <> {owner_text};
    IF FOUND THEN
        RAISE EXCEPTION 'the schema apono already exists and belongs to %: review it, and drop it if nobody needs it', others;
    END IF;
    SELECT string_agg(m.rolname, ', ') INTO others
    FROM pg_auth_members e JOIN pg_roles o ON o.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
    WHERE o.rolname = {owner_text} AND NOT m.rolsuper AND m.rolname <> current_user
      AND (e.admin_option OR coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
           OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true));
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'the role % has members: %. It must have none: remove them', {owner_text}, others;
    END IF;
{told_members}
END
{QUOTE};

-- 2. The role that owns the functions. Nobody can log in as it, and it has no members. It needs CREATEROLE, because each grant gets
--    its own login, created for it and dropped after it.
DO {QUOTE}
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {owner_text}) THEN
        CREATE ROLE {owner} NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text}) THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
    IF (SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        -- An administrator who is not a superuser becomes a member of the owner role here, until the end.
        GRANT {owner} TO CURRENT_USER;
    END IF;
END
{QUOTE};
ALTER ROLE {owner} NOLOGIN CREATEROLE INHERIT PASSWORD NULL;
GRANT pg_signal_backend TO {owner};

-- 3. The bot's own role. It can only log in: it loses all its memberships.
ALTER ROLE {role} LOGIN NOCREATEROLE NOCREATEDB;
ALTER ROLE {role} PASSWORD {PASSWORD};
DO {QUOTE}
DECLARE
    had pg_catalog.text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text} AND (rolreplication OR rolbypassrls)) THEN
        ALTER ROLE {role} NOREPLICATION NOBYPASSRLS;
    END IF;
    FOR had IN
        SELECT DISTINCT g.rolname FROM pg_auth_members e
        JOIN pg_roles b ON b.oid = e.member JOIN pg_roles g ON g.oid = e.roleid WHERE b.rolname = {role_text}
    LOOP
        BEGIN
            EXECUTE format('REVOKE %I FROM %I', had, {role_text});
        EXCEPTION WHEN dependent_objects_still_exist THEN
            RAISE WARNING 'the bot keeps ADMIN OPTION on % until the access it gave with it has ended; run this again then', had;
        END;
    END LOOP;
END
{QUOTE};

-- 4. Connecting to its own database, and to each one that its check looks at.
{entering}

-- 5. Giving the permissions: logins become members of these group roles. From PostgreSQL 16 on that requires ADMIN OPTION, which
--    the owner of the functions gets.
DO {QUOTE}
DECLARE
    wanted pg_catalog.text;
BEGIN
    FOR wanted IN
        SELECT DISTINCT name FROM ({groups}) AS g(name, set_role)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            RAISE NOTICE 'no group role %: it cannot be requested until it is created and this is run again', wanted;
        ELSIF (SELECT rolsuper FROM pg_roles WHERE rolname = wanted) THEN
            RAISE WARNING 'the group role % is a superuser, and is never given', wanted;
        ELSE
            IF current_setting('server_version_num')::int >= 160000 THEN
                EXECUTE format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', wanted, {owner_text});
            END IF;
        END IF;
    END LOOP;
END
{QUOTE};

-- 6. What the functions check against.
CREATE SCHEMA IF NOT EXISTS apono AUTHORIZATION {owner};
SET LOCAL ROLE {owner};
CREATE TABLE IF NOT EXISTS apono.policy (one boolean PRIMARY KEY DEFAULT true CHECK (one), install text, longest interval NOT NULL);
CREATE TABLE IF NOT EXISTS apono.groups (oid oid PRIMARY KEY, name name NOT NULL, set_role boolean NOT NULL);
CREATE TABLE IF NOT EXISTS apono.accounts (oid oid PRIMARY KEY, name name NOT NULL, ending boolean NOT NULL);
CREATE TABLE IF NOT EXISTS apono.made (oid oid PRIMARY KEY, name name NOT NULL, login boolean NOT NULL, made_at timestamptz NOT NULL);
DELETE FROM apono.policy;
INSERT INTO apono.policy (install, longest) VALUES ({install}, make_interval(secs => {longest}));
DELETE FROM apono.groups;
INSERT INTO apono.groups (oid, name, set_role)
SELECT r.oid, r.rolname, bool_or(g.set_role) FROM ({groups}) AS g(name, set_role) JOIN pg_roles r ON r.rolname = g.name
WHERE NOT r.rolsuper GROUP BY r.oid, r.rolname;
-- An account that is no longer in the config gets nothing new, and what it still has can be ended.
DELETE FROM apono.accounts a
WHERE NOT EXISTS (SELECT FROM pg_auth_members e JOIN apono.made m ON m.oid = e.roleid WHERE e.member = a.oid);
UPDATE apono.accounts SET ending = true;
INSERT INTO apono.accounts (oid, name, ending)
SELECT r.oid, r.rolname, false FROM pg_roles r WHERE r.rolname = ANY(ARRAY[{accounts}]::text[]) AND NOT r.rolsuper
ON CONFLICT (oid) DO UPDATE SET name = excluded.name, ending = false;

-- 7. The functions. They are created again each time.
DO {QUOTE}
DECLARE
    old pg_catalog.text;
BEGIN
    FOR old IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'apono'::regnamespace LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END
{QUOTE};

{functions}
-- 8. Only the bot may call them.
REVOKE ALL ON SCHEMA apono FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA apono FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA apono FROM PUBLIC;
GRANT USAGE ON SCHEMA apono TO {role};
GRANT SELECT ON apono.policy, apono.groups, apono.accounts, apono.made TO {role};
GRANT EXECUTE ON FUNCTION
    {called}
    TO {role};
RESET ROLE;
DO {QUOTE}
BEGIN
    IF (SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        REVOKE {owner} FROM CURRENT_USER;
    END IF;
END
{QUOTE};

DO {QUOTE}
DECLARE
    before pg_catalog.text;
BEGIN
    FOR before IN
        SELECT r.rolname FROM pg_roles r
        WHERE r.rolname ~ '^apono_[a-z2-7]{{8}}_ar[0-9]' AND substr(r.rolname, 7, 8) = coalesce({install}, substr(r.rolname, 7, 8))
          AND NOT EXISTS (SELECT FROM apono.made m WHERE m.oid = r.oid)
          AND (r.rolcanlogin OR EXISTS (SELECT FROM pg_auth_members e WHERE e.member = r.oid))
    LOOP
        RAISE WARNING 'the bot created % earlier and can no longer end its access: `apono check --online` says what to run', before;
    END LOOP;
END
{QUOTE};

COMMIT;
{choices}",
            called = called.join(",\n    "),
            choices = self.choices(),
            not_a_superuser = self.not_a_superuser(),
            told_members = self.told_members(),
            entering = self.entering(),
        ))
    }
}
