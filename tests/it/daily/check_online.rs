//! 14. What a check says is on offer, and why a target did not answer.

use std::path::Path;
use std::process::Output;

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use apono::throwaway_postgres::ThrowawayPostgres;

use crate::support::bot::{Context, run_test};
use crate::support::postgres_server;
use crate::support::process::apono;

/// The least config with a target; flows follow.
const TARGET: &str = r#"
version = 1
[slack]
app_token = { env = "APONO_TEST_NOT_SET" }
bot_token = { file = "no-such-file" }
audit_channel = "permissions-audit"
[database]
url = { env = "APONO_TEST_NOT_SET" }
[roles]
admins = ["ada@example.com"]
[groups]
sre = ["omar@example.com", "U0OMAR"]
[[people]]
accounts = ["omar@example.com", "U0OMAR"]
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { env = "APONO_TEST_NOT_SET" }
permissions = { read = "{resource}_read", write = "{resource}_write" }
"#;

const READS: &str = r#"
[[flows]]
name = "Reading"
requesters = ["dana@example.com"]
integration = "orders-db"
permissions = ["read"]
max_duration = "1h"
approvers = ["group:sre"]
"#;

/// What `apono check` with these arguments says about a config, on both outputs, and whether it is content.
fn check(text: &str, arguments: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let output = apono(&[&["check", "--config", path.to_str().unwrap()], arguments].concat())
        .output()
        .unwrap();
    (output.status.success(), said(&output, folder.path()))
}

fn said(output: &Output, folder: &Path) -> String {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    let text = String::from_utf8(text).unwrap();
    text.replace(folder.to_str().unwrap(), "[folder]")
        .trim()
        .to_owned()
}

/// The findings about the target.
async fn about_the_target(ctx: &Context) -> String {
    let (_, said) = ctx.check_online().await;
    let lines = said.lines().filter(|line| line.contains("  orders-db: "));
    let lines = lines.filter(|line| !line.contains("connected to") && !line.contains("PUBLIC has CONNECT"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Runs SQL as a superuser in the target's database.
async fn in_the_target(ctx: &Context, sql: &str) {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    let sql = sql.replace("{db}", &ctx.target.database);
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut superuser)
        .await
        .unwrap();
    superuser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_asked_for_is_said_with_its_flow_and_who_answers() {
    run_test(async |ctx| {
        ctx.only_its_own_database();
        insta::assert_snapshot!(about_the_target(ctx).await, @"
        ok       orders-db: read on orders: 2 tables, asked for under Developers read, answered by 2
        ok       orders-db: write on orders: 2 tables, asked for under Write at once, granted without approval
        ");
        in_the_target(
            ctx,
            "CREATE TABLE parcels (id serial); GRANT SELECT ON parcels TO {db}_read",
        )
        .await;
        insta::assert_snapshot!(about_the_target(ctx).await, @"
        ok       orders-db: read on orders: 3 tables, asked for under Developers read, answered by 2
        ok       orders-db: write on orders: 2 tables, asked for under Write at once, granted without approval
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_lets_nobody_do_anything_is_warned_of() {
    run_test(async |ctx| {
        ctx.only_its_own_database();
        in_the_target(ctx, "REVOKE USAGE ON SCHEMA public FROM PUBLIC, {db}_read; REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {db}_write; REVOKE CREATE ON SCHEMA public FROM {db}_write").await;
        insta::assert_snapshot!(about_the_target(ctx).await, @"
        warning  orders-db: read on orders lets nobody do anything: orders_read has rights on 2 tables but lacks USAGE on the schema; fix: run the SQL of `apono integrations setup-sql orders-db --group-roles` in orders
        warning  orders-db: write on orders lets nobody do anything: orders_write has no rights on any of the 2 tables there; fix: run the SQL of `apono integrations setup-sql orders-db --group-roles` in orders
        ");
        in_the_target(ctx, "DROP TABLE orders, customers; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {db}_read").await;
        insta::assert_snapshot!(about_the_target(ctx).await, @"
        ok       orders-db: read on orders: no tables yet, asked for under Developers read, answered by 2
        warning  orders-db: write on orders lets nobody do anything: there are no tables yet, and orders_write gets no rights on later ones; fix: run the SQL of `apono integrations setup-sql orders-db --group-roles` in orders
        ");
    })
    .await;
}

/// On a server of its own: everything that is on the target is looked at, and the shared one has a database of each test.
#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_matches_nothing_there_is_warned_of() {
    if postgres_server::shared().is_none() {
        return;
    }
    let server = ThrowawayPostgres::start().unwrap();
    let url = server.superuser_url("postgres");
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    for sql in ["CREATE DATABASE shop_1", "CREATE ROLE shop_1_read"] {
        sqlx::raw_sql(sql).execute(&mut superuser).await.unwrap();
    }
    superuser.close().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let flow = READS.replace(
        "permissions = [\"read\"]",
        "resources = [\"shop_*\", \"store_1\"]\npermissions = [\"read\"]",
    );
    let config = (TARGET.to_owned() + &flow).replace("file = \"no-such-file\"", "env = \"APONO_TEST_TOKEN\"");
    let config = config.replace(
        "url = { env = \"APONO_TEST_NOT_SET\" }\n[roles]",
        "url = \"sqlite://data/apono.db\"\n[roles]",
    );
    let config = config.replace(
        "url = { env = \"APONO_TEST_NOT_SET\" }",
        "url = { env = \"APONO_TEST_URL\" }",
    );
    let config = config.replace("APONO_TEST_NOT_SET", "APONO_TEST_TOKEN");
    let nobody = "[slack]\napi_url = \"http://127.0.0.1:9/api\"";
    std::fs::write(&path, config.replace("[slack]", nobody)).unwrap();
    let output = apono(&["check", "--online", "--config", path.to_str().unwrap()])
        .env("APONO_TEST_TOKEN", "xoxb-1")
        .env("APONO_TEST_URL", url.expose_secret())
        .output()
        .unwrap();
    let said = said(&output, folder.path());
    let about = said.lines().filter(|line| line.contains("matches nothing"));
    insta::assert_snapshot!(about.collect::<Vec<_>>().join("\n"), @r#"
    warning  orders-db: flow "Reading": "store_1" matches nothing that is on orders-db; known: shop_1; fix: correct the pattern, or create what it is for
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_cannot_be_reached_keeps_its_cause() {
    run_test(async |ctx| {
        ctx.only_its_own_database();
        let url = ctx.folder.path().join("target_url");
        let right = std::fs::read_to_string(&url).unwrap();
        let said_of = async |text: &str| {
            std::fs::write(&url, text).unwrap();
            about_the_target(ctx).await
        };
        insta::assert_snapshot!(said_of("postgres://bot:hush@127.0.0.1:1/orders").await, @"problem  orders-db: while checking the server: 127.0.0.1:1 refused the connection; fix: check that the target is running, and that its `url` is right and reachable from this machine");
        // Without a name server nobody can say that there is no such host.
        let nowhere = said_of("postgres://bot:hush@no-such-host.invalid/orders?sslmode=verify-full").await;
        assert!(
            nowhere.contains("no such host: no-such-host.invalid")
                || nowhere.contains("the host name no-such-host.invalid cannot be looked up"),
            "{nowhere}"
        );
        let wrong = right.replacen("_bot:", "_bot:wrong", 1);
        insta::assert_snapshot!(said_of(&wrong).await, @"problem  orders-db: the password is wrong, or there is no such user (28P01); fix: run the SQL of `apono integrations setup-sql orders-db`, with the password from the URL, or correct the secret");
        std::fs::write(&url, right).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_grant_failed_is_told_with_its_cause() {
    run_test(async |ctx| {
        let url = ctx.folder.path().join("target_url");
        let right = std::fs::read_to_string(&url).unwrap();
        std::fs::write(&url, right.replacen("_bot:", "_bot:wrong", 1)).unwrap();
        ctx.asked().await;
        ctx.approves("omar").await;
        ctx.until_channel_says("*REVOKING* AR-1").await;
        let shown = ctx.says("ada", "show AR-1").await;
        std::fs::write(&url, right).unwrap();
        let why = shown.lines().last().unwrap_or_default();
        insta::assert_snapshot!(why, @"[time] Revoking: could not be granted: while connecting: the password is wrong, or there is no such user: run the SQL of `apono integrations setup-sql` again, or correct the secret (28P01)");
        ctx.until_state(1, "Failed").await;
    })
    .await;
}

#[test]
fn a_permission_in_no_flow_is_warned_of() {
    let (content, said) = check(&format!("{TARGET}{READS}"), &["--no-secrets"]);
    insta::assert_snapshot!(said, @"
    not checked: 4 secrets and files that this file refers to, and who can read or write them
    [folder]/config.toml: no problems, 1 warning. 1 integration, 1 flow, 1 group, 3 people
    warning: [folder]/config.toml:15:1: No flow allows write on orders-db, so nobody can request it.
    ");
    assert!(content);
}

#[test]
fn everybody_cannot_be_named_and_the_error_says_what_to_write() {
    let (content, said) = check(
        &format!("{TARGET}{}", READS.replace("\"dana@example.com\"", "\"*\"")),
        &["--no-secrets"],
    );
    insta::assert_snapshot!(said, @r#"[folder]/config.toml:23:15: "*" names nobody: there are no patterns for people, and no name for everybody. Name each person by e-mail or Slack member id; flows can also name a group of [groups], such as "group:developers"."#);
    assert!(!content);
}

#[test]
fn two_accounts_of_one_person_are_one_person() {
    let (_, said) = check(&format!("{TARGET}{READS}"), &["--no-secrets"]);
    assert!(said.contains("1 group, 3 people"), "{said}");
    let alone = READS.replace("\"dana@example.com\"", "\"U0OMAR\"");
    let (_, said) = check(&format!("{TARGET}{alone}"), &["--no-secrets"]);
    assert!(
        said.contains("omar@example.com is the only requester and the only approver"),
        "{said}"
    );
}

#[test]
fn without_secrets_only_the_file_is_checked_and_the_rest_is_named() {
    let write = READS.replace("permissions = [\"read\"]\n", "");
    let sound = format!("{TARGET}{write}");
    let (content, said) = check(&sound, &["--no-secrets", "--strict"]);
    insta::assert_snapshot!(said, @"
    not checked: 4 secrets and files that this file refers to, and who can read or write them
    [folder]/config.toml: no problems. 1 integration, 1 flow, 1 group, 3 people
    ");
    assert!(content);
    let (content, said) = check(&sound, &[]);
    insta::assert_snapshot!(said, @"
    [folder]/config.toml:4:13: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    [folder]/config.toml:5:13: This secret cannot be read: file [folder]/no-such-file cannot be read: No such file or directory (os error 2).
    [folder]/config.toml:8:7: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    [folder]/config.toml:18:7: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    ");
    assert!(!content);
    let (content, said) = check(&sound.replace("\"1h\"", "\"for ever\""), &["--no-secrets"]);
    insta::assert_snapshot!(said, @"[folder]/config.toml:25:16: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.");
    assert!(!content);
}

#[test]
fn strict_says_that_warnings_made_it_fail() {
    let (content, said) = check(&format!("{TARGET}{READS}"), &["--no-secrets", "--strict"]);
    insta::assert_snapshot!(said, @"
    not checked: 4 secrets and files that this file refers to, and who can read or write them
    warning: [folder]/config.toml:15:1: No flow allows write on orders-db, so nobody can request it.
    [folder]/config.toml: 1 warning, and --strict makes it fail.
    ");
    assert!(!content);
}
