//! 15. The SQL of the group roles.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::bot::{Context, run_test};
use crate::support::login::Login;
use crate::support::postgres_server;
use crate::support::process::apono;

const CONFIG: &str = r#"version = 1
[slack]
app_token = { env = "APONO_TEST_NOT_SET" }
bot_token = { env = "APONO_TEST_NOT_SET" }
audit_channel = "permissions-audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { env = "APONO_TEST_NOT_SET" }
"#;

/// What `apono integrations setup-sql orders-db` prints for a config with these lines at the end, and whether it could.
fn setup_sql(lines: &str, arguments: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, format!("{CONFIG}{lines}")).unwrap();
    let command = [
        "integrations",
        "setup-sql",
        "orders-db",
        "--config",
        path.to_str().unwrap(),
    ];
    let output = apono(&[&command[..], arguments].concat()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Runs statements, some of which cannot be prepared.
async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await;
    done.map(drop).map_err(|error| error.to_string())
}

/// Runs SQL as a superuser in a database of the tests' server.
async fn as_superuser(database: &str, sql: &str) -> Result<(), String> {
    let url = postgres_server::shared().unwrap().superuser_url(database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    let done = run(&mut superuser, sql).await;
    superuser.close().await.unwrap();
    done
}

async fn group_roles_of(ctx: &Context) -> String {
    let output = ctx
        .apono(&["integrations", "setup-sql", "orders-db", "--group-roles"])
        .await;
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

async fn try_as(login: &Login, sql: &str) -> Result<(), String> {
    let mut session = login.open().await.unwrap();
    let done = run(&mut session, sql).await;
    session.close().await.unwrap();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_write_inserts_into_a_table_with_a_serial_and_one_with_read_only_reads() {
    run_test(async |ctx| {
        let database = ctx.target.database.clone();
        let make = |table: &str| {
            format!("SET ROLE {database}_owner; CREATE TABLE {table} (id serial PRIMARY KEY, what text); RESET ROLE")
        };
        as_superuser(
            &database,
            &format!("CREATE ROLE {database}_owner; GRANT CREATE ON SCHEMA public TO {database}_owner; {}", make("parcels")),
        )
        .await
        .unwrap();
        let sql = group_roles_of(ctx).await;
        for _ in 0..2 {
            as_superuser(&database, &sql).await.unwrap();
        }
        as_superuser(&database, &make("later")).await.unwrap();

        ctx.ask("dana", "write", "30m", "incident 4711").await;
        ctx.sees("dana", "you have write").await;
        let login = ctx.connect("dana").await;
        for table in ["parcels", "later"] {
            for sql in ["INSERT INTO {} (what) VALUES ('a box')", "UPDATE {} SET what = 'a bag'", "DELETE FROM {}"] {
                assert_eq!(try_as(&login, &sql.replace("{}", table)).await, Ok(()), "{table}");
            }
            let refused = try_as(&login, &format!("TRUNCATE {table}")).await.unwrap_err();
            assert!(refused.contains("permission denied for table"), "{refused}");
        }
        ctx.clicks("dana", "AR-1 · Granted", "Revoke").await;
        ctx.sees("dana", "AR-1 · Revoked").await;

        ctx.ask("dana", "read", "30m", "incident 4711").await;
        ctx.sees("omar", "asks for read").await;
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        let login = ctx.connect("dana").await;
        for table in ["parcels", "later"] {
            assert_eq!(try_as(&login, &format!("SELECT * FROM {table}")).await, Ok(()));
            for sql in ["INSERT INTO {} (what) VALUES ('x')", "UPDATE {} SET what = ''", "DELETE FROM {}", "TRUNCATE {}"] {
                let refused = try_as(&login, &sql.replace("{}", table)).await.unwrap_err();
                assert!(refused.contains("permission denied"), "{sql}: {refused}");
            }
            let refused = try_as(&login, &format!("SELECT nextval('{table}_id_seq')")).await.unwrap_err();
            assert!(refused.contains("permission denied for sequence"), "{refused}");
        }
    })
    .await;
}

/// What each group role has on the table and its sequence, on the schema, and on later tables.
const RIGHTS: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT a.grantee::regrole || ' ' || what || ': ' || string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type) AS line
        FROM (SELECT c.relkind::text || ' ' || relname AS what, relacl AS acl FROM pg_class c WHERE relnamespace = 'public'::regnamespace
              UNION ALL SELECT 'schema', nspacl FROM pg_namespace WHERE nspname = 'public'
              UNION ALL SELECT 'later ' || defaclobjtype::text, defaclacl FROM pg_default_acl
              UNION ALL SELECT 'database', datacl FROM pg_database WHERE datname = current_database()) AS o,
             aclexplode(o.acl) AS a
        WHERE a.grantee <> 0 AND a.grantee::regrole::text LIKE 'daily\\_%' AND a.grantee::regrole::text <> 'daily_owner'
        GROUP BY a.grantee, what) AS lines";

#[tokio::test(flavor = "multi_thread")]
async fn no_group_role_gets_more_than_the_word_of_its_permission() {
    if postgres_server::shared().is_none() {
        return;
    }
    as_superuser("postgres", "CREATE ROLE daily_owner").await.unwrap();
    as_superuser("postgres", "CREATE DATABASE daily_groups OWNER daily_owner")
        .await
        .unwrap();
    as_superuser(
        "daily_groups",
        "SET ROLE daily_owner; CREATE TABLE parcels (id serial)",
    )
    .await
    .unwrap();
    let lines = r#"resources = ["daily_groups"]
[integrations.permissions]
read = "daily_reads"
write = "daily_writes"
admin = "daily_admins"
support = "daily_support"
ro = "daily_both"
rw = "daily_both"
"#;
    let (printed, sql) = setup_sql(lines, &["--group-roles"]);
    assert!(printed, "{sql}");
    let comment: Vec<&str> = sql.lines().take_while(|line| line.starts_with("--")).collect();
    insta::assert_snapshot!(comment.join("\n"), @r#"
    -- apono: the group roles for the permissions of the integration orders-db, and their rights in one database.
    --
    -- For a superuser, or a role that may act for everybody who owns tables in the database, such as the provider's own admin role.
    -- Run it in each of these databases: daily_groups.
    -- In psql:
    --     \set ON_ERROR_STOP on
    --     \i group-roles.sql
    -- What each permission gets, which its name decides:
    --     read: SELECT on tables; SELECT on sequences; USAGE on schemas
    --     write: SELECT, INSERT, UPDATE, DELETE on tables; USAGE, SELECT on sequences; USAGE on schemas
    --     admin: SELECT, INSERT, UPDATE, DELETE, TRUNCATE on tables; USAGE, SELECT, UPDATE on sequences; USAGE, CREATE on schemas
    --     support: only USAGE on schemas, because that name does not say what it lets people do: add the GRANTs yourself
    --     ro: SELECT on tables; SELECT on sequences; USAGE on schemas
    --     rw: SELECT, INSERT, UPDATE, DELETE on tables; USAGE, SELECT on sequences; USAGE on schemas
    -- All of them get CONNECT. A group role of several permissions gets the rights of the least of them, and rights that one has
    -- already stay. It is one transaction and can be run again, for example after a new schema or a new owner of tables. Afterwards,
    -- run the SQL of `apono integrations setup-sql orders-db` again: it lets the bot give the new roles.
    "#);
    as_superuser("daily_groups", &sql).await.unwrap();
    let url = postgres_server::shared().unwrap().superuser_url("daily_groups");
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    let rights: String = sqlx::query_scalar(RIGHTS)
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    insta::assert_snapshot!(rights, @"
    daily_admins S parcels_id_seq: SELECT UPDATE USAGE
    daily_admins database: CONNECT
    daily_admins later S: SELECT UPDATE USAGE
    daily_admins later r: DELETE INSERT SELECT TRUNCATE UPDATE
    daily_admins r parcels: DELETE INSERT SELECT TRUNCATE UPDATE
    daily_admins schema: CREATE USAGE
    daily_both S parcels_id_seq: SELECT
    daily_both database: CONNECT
    daily_both later S: SELECT
    daily_both later r: SELECT
    daily_both r parcels: SELECT
    daily_both schema: USAGE
    daily_reads S parcels_id_seq: SELECT
    daily_reads database: CONNECT
    daily_reads later S: SELECT
    daily_reads later r: SELECT
    daily_reads r parcels: SELECT
    daily_reads schema: USAGE
    daily_support database: CONNECT
    daily_support schema: USAGE
    daily_writes S parcels_id_seq: SELECT USAGE
    daily_writes database: CONNECT
    daily_writes later S: SELECT USAGE
    daily_writes later r: DELETE INSERT SELECT UPDATE
    daily_writes r parcels: DELETE INSERT SELECT UPDATE
    daily_writes schema: USAGE
    ");
    let elsewhere = as_superuser("postgres", &sql).await.unwrap_err();
    assert!(
        elsewhere.contains("the integration does not offer the database postgres"),
        "{elsewhere}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_extensions_and_logins_of_grants_made_stays_out() {
    if postgres_server::shared().is_none() {
        return;
    }
    as_superuser("postgres", "CREATE DATABASE daily_planted")
        .await
        .unwrap();
    as_superuser(
        "daily_planted",
        "CREATE ROLE apono_abcdefgh_ar1_dana; GRANT CREATE ON SCHEMA public TO apono_abcdefgh_ar1_dana;
         SET ROLE apono_abcdefgh_ar1_dana; CREATE TABLE planted (id int); RESET ROLE; CREATE TABLE parcels (id int)",
    )
    .await
    .unwrap();
    let (_, sql) = setup_sql(
        "permissions = { write = \"{resource}_write\" }\n",
        &["--group-roles"],
    );
    as_superuser("daily_planted", &sql).await.unwrap();
    let url = postgres_server::shared().unwrap().superuser_url("daily_planted");
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    let may: (bool, bool) = sqlx::query_as(
        "SELECT has_table_privilege('daily_planted_write', 'parcels', 'INSERT'), has_table_privilege('daily_planted_write', 'planted', 'INSERT')",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!(may, (true, false));
}

#[test]
fn the_role_can_be_named_where_the_url_is_not_set() {
    let permissions = "permissions = { read = \"{resource}_read\" }\n";
    let (printed, said) = setup_sql(permissions, &[]);
    assert!(!printed);
    insta::assert_snapshot!(said.trim(), @"apono: the SQL cannot be generated: the admin URL: environment variable APONO_TEST_NOT_SET is not set; set it, or name the bot's role with --role");
    let (printed, sql) = setup_sql(permissions, &["--role", "apono_bot"]);
    assert!(printed, "{sql}");
    assert!(
        sql.contains("ALTER ROLE \"apono_bot\" LOGIN CREATEROLE;"),
        "{sql}"
    );
    assert!(sql.contains("datname = 'postgres'"), "{sql}");
    let (printed, sql) = setup_sql(
        permissions,
        &["--role", "apono_bot", "--database", "orders", "--bounded"],
    );
    assert!(
        printed && sql.contains("IF current_database() <> 'orders'"),
        "{sql}"
    );
}

#[test]
fn a_name_that_would_end_the_block_is_refused() {
    let lines = "permissions = { read = \"{resource}_read\" }\nresources = [\"x$apono$; DROP DATABASE orders; --\"]\n";
    let (printed, said) = setup_sql(lines, &["--group-roles"]);
    assert!(!printed);
    insta::assert_snapshot!(said.trim(), @r#"apono: the SQL cannot be generated: the name "x$apono$; DROP DATABASE orders; --_read" contains $apono$"#);
}
