//! What `apono check --online` says about a target, and the SQL that sets one up.

use apono::clock::{Clock, SystemClock};
use apono::findings::{Finding, Grade};
use apono::integrations::Integration;
use apono::integrations::postgres::{PASSWORD, Permission, TargetSetup};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::context::{Context, run, run_test};

pub(crate) const AS_ROOT: &str = "CREATEROLE is as good as root";

#[tokio::test]
async fn before_16_a_bot_that_is_not_bounded_is_warned_of() {
    run_test("check_root", async |ctx| {
        ctx.settings.resources = Some(vec!["check_root".to_owned()]);
        ctx.reopen();
        let findings = ctx.postgres.check(SystemClock.now()).await.unwrap();
        let warned = findings.iter().any(|finding| finding.text.contains(AS_ROOT));
        let version = ctx.ask("SELECT current_setting('server_version_num')").await;
        assert_eq!(warned, version.as_str() < "160000", "{findings:?}");
    })
    .await;
}

impl Context {
    /// The findings, a line each, without the server's version.
    async fn findings(&self) -> String {
        let findings = self.postgres.check(SystemClock.now()).await.unwrap();
        // Which versions warn of that, a test of its own says.
        let lines = findings.iter().map(Finding::to_string);
        let lines: Vec<String> = lines.filter(|line| !line.contains(AS_ROOT)).collect();
        let version = self.ask("SELECT current_setting('server_version')").await;
        lines.join("\n").replace(&version, "[version]")
    }
}

#[tokio::test]
async fn a_server_that_is_set_up_well_is_well() {
    run_test("check_well", async |ctx| {
        ctx.settings.resources = Some(vec!["check_well".to_owned()]);
        ctx.reopen();
        ctx.as_superuser(
            "postgres",
            "REVOKE CONNECT ON DATABASE check_well FROM PUBLIC;
             GRANT CONNECT ON DATABASE check_well TO check_well_read, check_well_write",
        )
        .await;
        assert_snapshot!(ctx.findings().await, @"ok       connected to PostgreSQL [version] as the role check_well_bot");
        ctx.grant("checkwel", "read").await;
    })
    .await;
}

#[tokio::test]
async fn what_will_fail_and_what_is_unwise_is_told_with_its_remedy() {
    run_test("check_all", async |ctx| {
        ctx.settings.resources = Some(vec!["check_all".to_owned(), "check_none".to_owned()]);
        ctx.settings
            .permissions
            .push(Permission::of("admin", "{resource}_admin"));
        ctx.reopen();
        ctx.as_superuser(
            "check_all",
            "GRANT CREATE ON SCHEMA public TO PUBLIC; REVOKE pg_signal_backend FROM check_all_bot;
             ALTER ROLE check_all_bot NOCREATEROLE CREATEDB; ALTER ROLE check_all_write REPLICATION",
        )
        .await;
        assert_snapshot!(ctx.findings().await, @r#"
        ok       connected to PostgreSQL [version] as the role check_all_bot
        warning  the bot's role has CREATEDB; it only needs CREATEROLE and pg_signal_backend; fix: use a role created by the SQL of `apono integrations setup-sql check_all-db`
        problem  the bot cannot create logins: its role lacks CREATEROLE; fix: run the SQL of `apono integrations setup-sql check_all-db`
        problem  the bot cannot end sessions: its role is not a member of pg_signal_backend; fix: run the SQL of `apono integrations setup-sql check_all-db`
        problem  the database check_none does not exist or does not accept connections; fix: create it, or remove it from `resources`
        warning  admin on check_all cannot be requested: the group role check_all_admin does not exist; fix: run the SQL of `apono integrations setup-sql check_all-db --group-roles` in check_all, then run the SQL of `apono integrations setup-sql check_all-db`
        problem  the group role check_all_write has REPLICATION; to allow it: allow_roles = { check_all_write = ["replication"] }; fix: take that away from the group role, or from PUBLIC
        warning  every login can connect to check_all: PUBLIC has CONNECT; fix: GRANT CONNECT ON DATABASE "check_all" TO "check_all_read", "check_all_write", and everyone else who needs it; then REVOKE CONNECT, TEMPORARY ON DATABASE "check_all" FROM PUBLIC
        problem  every login can create objects in check_all: PUBLIC has CREATE on public; fix: REVOKE CREATE ON SCHEMA public FROM PUBLIC, in that database
        "#);
    })
    .await;
}

#[tokio::test]
async fn databases_that_group_roles_or_the_bot_cannot_enter_are_told() {
    run_test("check_shut", async |ctx| {
        ctx.settings.resources = Some(vec!["check_shut".to_owned()]);
        ctx.reopen();
        ctx.as_superuser(
            "postgres",
            "REVOKE CONNECT ON DATABASE check_shut FROM PUBLIC, check_shut_bot;
             GRANT CONNECT ON DATABASE check_shut TO check_shut_write",
        )
        .await;
        let home = ctx.target.admin_url.expose_secret().replace("/check_shut?", "/postgres?");
        ctx.change_secret(&home);
        ctx.reopen();
        assert_snapshot!(ctx.findings().await, @r#"
        ok       connected to PostgreSQL [version] as the role check_shut_bot
        problem  read on check_shut gives no access: check_shut_read lacks CONNECT there; fix: GRANT CONNECT ON DATABASE "check_shut" TO "check_shut_read"
        problem  the bot cannot clean up in check_shut: its role lacks CONNECT there; fix: run the SQL of `apono integrations setup-sql check_shut-db`
        "#);
        ctx.as_superuser(
            "check_shut",
            "GRANT CREATE ON SCHEMA public TO PUBLIC;
             GRANT CONNECT ON DATABASE check_shut TO check_shut_bot, check_shut_read",
        )
        .await;
        assert_snapshot!(ctx.findings().await, @"
        ok       connected to PostgreSQL [version] as the role check_shut_bot
        problem  every login can create objects in check_shut: PUBLIC has CREATE on public; fix: REVOKE CREATE ON SCHEMA public FROM PUBLIC, in that database
        ");
    })
    .await;
}

/// Its own role is in the groups from PostgreSQL 16 on, and no grant.
#[tokio::test]
async fn a_bot_that_is_called_as_grants_begin_is_taken_for_none() {
    run_test("apono_named", async |ctx| {
        ctx.settings.resources = Some(vec!["apono_named".to_owned()]);
        ctx.reopen();
        let found = ctx.findings().await;
        assert!(
            found.contains("as the role apono_named_bot") && !found.contains("problem"),
            "{found}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_set_up_yet_says_what_to_run() {
    run_test("check_new", async |ctx| {
        let url = ctx.target.admin_url.expose_secret().replace("check_new_bot:", "check_nobody:");
        ctx.change_secret(&url);
        ctx.reopen();
        let found = ctx.postgres.check(SystemClock.now()).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_snapshot!(found[0], @"problem  the password is wrong, or there is no such user (28P01); fix: run the SQL of `apono integrations setup-sql check_new-db`, with the password from the URL, or correct the secret");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    run_test("check_clock", async |ctx| {
        let late = SystemClock.now().plus(std::time::Duration::from_secs(90));
        // Only its own database, because others come and go in other tests.
        ctx.settings.resources = Some(vec!["check_clock".to_owned()]);
        ctx.reopen();
        let findings = ctx.postgres.check(late).await.unwrap();
        let told = findings
            .iter()
            .find(|finding| finding.text.contains("the bot's differ by "))
            .unwrap();
        assert_eq!(told.grade, Grade::Warning);
    })
    .await;
}

#[tokio::test]
async fn the_sql_makes_a_role_that_is_no_more_than_it_says_and_runs_again() {
    run_test("setup_sql", async |ctx| {
        ctx.settings.resources = Some(vec!["setup_sql".to_owned()]);
        let sql = TargetSetup::of(&ctx.settings).unwrap().sql().unwrap();
        assert_snapshot!(sql, @r#"
        -- apono: a role for the bot on the target of the integration setup_sql-db, with what it needs and nothing else.
        --
        -- For an administrator of the server: a superuser, or the provider's own admin role. In psql, on any database:
        --     \set ON_ERROR_STOP on
        --     \set password `cat FILE_WITH_THE_PASSWORD`
        --     \i setup.sql
        -- Anybody may have created objects here, so the first line makes only the server's own objects visible. The rest is one
        -- transaction: a bot with half of its rights would fail later and elsewhere, so if a step fails, everything stays as it was. A
        -- second run changes only the password.
        -- A server that logs statements logs the password too. To avoid that, leave out the line with PASSWORD and run
        -- \password "setup_sql_bot" afterwards, which sends only a verifier.

        SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
        SELECT pg_catalog.set_config('lock_timeout', '5s', false);

        BEGIN READ WRITE;

        -- 1. The role. It needs CREATEROLE, because each grant gets its own login, created for it and dropped after it. It is not a
        --    superuser, cannot create databases, and reads and owns nothing.
        DO $apono$
        DECLARE
            others pg_catalog.text;
        BEGIN
            IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'setup_sql_bot' AND rolsuper) THEN
                RAISE EXCEPTION 'the role % is a superuser: put a role in the URL that is only for the bot, and this creates it', 'setup_sql_bot';
            END IF;
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'setup_sql_bot') THEN
                CREATE ROLE "setup_sql_bot" NOLOGIN;
            END IF;
            SELECT string_agg(m.rolname, ', ') INTO others
            FROM pg_auth_members e JOIN pg_roles b ON b.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
            WHERE b.rolname = 'setup_sql_bot' AND NOT m.rolsuper AND m.rolname <> current_user;
            IF others IS NOT NULL THEN
                RAISE WARNING 'the role % has members, who can do what the bot can: %', 'setup_sql_bot', others;
            END IF;
        END
        $apono$;
        ALTER ROLE "setup_sql_bot" LOGIN CREATEROLE;
        ALTER ROLE "setup_sql_bot" PASSWORD :'password';

        -- 2. Ending open sessions when access expires.
        GRANT pg_signal_backend TO "setup_sql_bot";

        -- 3. Connecting to its own database, and to each one where a login may leave something that has to be handed over.
        DO $apono$
        DECLARE
            wanted pg_catalog.text;
        BEGIN
            FOR wanted IN
                SELECT datname FROM pg_catalog.pg_database
                WHERE datname IN ('setup_sql') OR datname = 'setup_sql'
            LOOP
                EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', wanted, 'setup_sql_bot');
            END LOOP;
        END
        $apono$;

        -- 4. Giving the permissions: logins become members of these group roles. From PostgreSQL 16 on that requires ADMIN
        --    OPTION; the bot itself gets none of their rights.
        --    ON 15 AND OLDER, CREATEROLE IS AS GOOD AS ROOT: it can give itself every role that is not a superuser, and with
        --    pg_execute_server_program it can run programs as the server's own user. Guard the password accordingly, or use
        --    the SQL of `apono integrations setup-sql --bounded`, which gives the bot functions instead of CREATEROLE.
        DO $apono$
        DECLARE
            wanted pg_catalog.text;
        BEGIN
            FOR wanted IN
                SELECT unnest(ARRAY['setup_sql_read', 'setup_sql_write'])
            LOOP
                IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
                    RAISE NOTICE 'no group role %: it cannot be requested until it is created and this is run again', wanted;
                ELSIF current_setting('server_version_num')::int >= 160000 THEN
                    EXECUTE format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', wanted, 'setup_sql_bot');
                END IF;
            END LOOP;
        END
        $apono$;

        COMMIT;

        -- Your choice, database by database; "setup_sql" is the example.
        --
        -- If group roles are missing, `apono integrations setup-sql setup_sql-db --group-roles` prints the SQL that creates them.
        --
        -- By default every login may connect to every database. To restrict logins to the databases they were made for:
        --     GRANT CONNECT ON DATABASE "setup_sql" TO "setup_sql_read", "setup_sql_write";
        --     REVOKE CONNECT, TEMPORARY ON DATABASE "setup_sql" FROM PUBLIC;
        --
        -- Before PostgreSQL 15 every login may create objects in the schema public of every database it may connect to. To stop that, run
        -- this in each database, and in template1, because every new database is a copy of it:
        --     REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        "#);
        ctx.as_superuser("postgres", &sql.replace(PASSWORD, "'another'")).await;
        let another = SecretString::from("another");
        let url = ctx.server.url("setup_sql_bot", &another, "setup_sql");
        let mut bot = PgConnection::connect(url.expose_secret())
            .await
            .unwrap();
        assert_eq!(run(&mut bot, "SELECT * FROM orders").await, Err("42501".to_owned()), "it reads nothing");
        assert_eq!(run(&mut bot, "CREATE DATABASE x").await, Err("42501".to_owned()), "it makes no database");
        assert_eq!(run(&mut bot, "CREATE TABLE x ()").await, Err("42501".to_owned()), "it owns nothing");
        let may = "SELECT string_agg(a, ' ') FROM (
            SELECT rolsuper::text AS a FROM pg_roles WHERE rolname = 'setup_sql_bot' UNION ALL
            SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
            JOIN pg_roles b ON b.oid = m.member WHERE b.rolname = 'setup_sql_bot') x";
        assert!(ctx.ask(may).await.starts_with("false pg_signal_backend"));
    })
    .await;
}

#[tokio::test]
async fn without_a_list_of_databases_the_sql_looks_for_them() {
    run_test("setup_all", async |ctx| {
        let sql = TargetSetup::of(&ctx.settings).unwrap().sql().unwrap();
        let found: Vec<&str> = sql.lines().filter(|line| line.contains("datname")).collect();
        assert_snapshot!(found.join("\n"), @"
        SELECT datname FROM pg_catalog.pg_database
        WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' OR datname = 'setup_all'
        SELECT DISTINCT replace(template, '{resource}', datname)
        WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'
        ");
    })
    .await;
}

#[test]
fn a_name_that_would_end_a_block_is_refused() {
    let setup = TargetSetup {
        integration: "orders-db".to_owned(),
        role: "bot".to_owned(),
        home: "postgres".to_owned(),
        permissions: vec![Permission::of("read", "{resource}_read")],
        resources: Some(vec!["x$apono$; DROP DATABASE orders; --".to_owned()]),
        accounts: Vec::new(),
    };
    assert_snapshot!(setup.sql().unwrap_err(), @r#"the name "x$apono$; DROP DATABASE orders; --_read" contains $apono$"#);
    let in_two_parts = TargetSetup {
        permissions: vec![Permission::of("read", "$ap{resource}")],
        resources: Some(vec!["ono$;ROLLBACK;--".to_owned()]),
        ..setup
    };
    assert_snapshot!(in_two_parts.sql().unwrap_err(), @r#"the name "$apono$;ROLLBACK;--" contains $apono$"#);
    let in_a_comment = TargetSetup {
        resources: None,
        role: "x\n\\! id\n--".to_owned(),
        ..in_two_parts
    };
    assert_snapshot!(in_a_comment.sql().unwrap_err(), @r#"the name "x\n\\! id\n--" contains a line break or another control character"#);
}
