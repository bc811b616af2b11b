//! The dead man's switch: what is past its time ends by what the server alone knows, from outside or by its own SQL.

use std::process::Command;

use apono::access::ids::RequestNumber;
use apono::integrations::postgres::reap_sql;
use apono::integrations::{Integration, KeepsState, Reaped};
use apono::secrets::SecretRef;
use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::context::{Context, PATIENCE, in_seconds, order, run, run_alone};

/// How a role is put past its time, as it would be without the bot: the server keeps both the end and the comment.
async fn is_over(ctx: &Context, role: &str, request: &str) {
    let past = format!(
        "ALTER ROLE {role} VALID UNTIL '2026-01-01 00:00:00Z';
         COMMENT ON ROLE {role} IS 'apono {request}, until 2026-01-01T00:00:00.000000Z'"
    );
    ctx.as_superuser("postgres", &past).await;
}

/// Waits until somebody's session is ended.
async fn ends(mut session: PgConnection) {
    let ended = async { while run(&mut session, "SELECT 1").await.is_ok() {} };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
}

/// One line each: what was ended, and how.
fn told(reaped: &[Reaped]) -> String {
    let lines = reaped.iter().map(|reaped| {
        let end = reaped.end.as_ref().unwrap();
        format!(
            "{} {}: {}, {} ended",
            reaped.request, reaped.principal, end.proof, end.sessions_ended
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_past_its_time_ends_without_the_bot_and_nothing_else_does() {
    run_alone("reap_logins", async |ctx| {
        let live = ctx.prepare("reaperaa", "read");
        ctx.postgres.grant(&live, in_seconds(3600)).await.unwrap();
        let mut lives = ctx.log_in(&live).await;

        let mut order_8 = order("reaperaa", &["reap_logins"], &["write"]);
        order_8.request = RequestNumber(8);
        let over = ctx.postgres.prepare(&order_8).unwrap();
        ctx.postgres.grant(&over, in_seconds(3600)).await.unwrap();
        let goes = ctx.log_in(&over).await;
        is_over(ctx, &over.principal, "AR-8 of install reaperaa").await;
        // Not ours, though it looks like it in its name or in its comment alone.
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE apono_reporting LOGIN VALID UNTIL '2026-01-01 00:00:00Z';
             CREATE ROLE reporting LOGIN VALID UNTIL '2026-01-01 00:00:00Z';
             COMMENT ON ROLE reporting IS 'apono AR-9 of install reaperaa, until 2026-01-01T00:00:00.000000Z';
             CREATE ROLE apono_otherone_ar9_dana LOGIN VALID UNTIL '2026-01-01 00:00:00Z';
             COMMENT ON ROLE apono_otherone_ar9_dana IS 'apono AR-9 of install reaperaa, until 2026-01-01T00:00:00.000000Z'",
        )
        .await;

        assert_snapshot!(told(&ctx.postgres.reap().await.unwrap().ended), @"AR-8 apono_reaperaa_ar8_dana_ito: login locked, 0 sessions, 1 ended");
        ends(goes).await;
        run(&mut lives, "SELECT 1").await.unwrap();
        assert_eq!(ctx.postgres.reap().await.unwrap().ended, []);
        let open = "SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles
                    WHERE rolcanlogin AND rolname ~ '^reporting$|^apono_(reporting|otherone|reaperaa)'";
        assert_snapshot!(ctx.ask(open).await, @"apono_otherone_ar9_dana, apono_reaperaa_ar7_dana_ito, apono_reporting, reporting");

        // The bot comes back and finds it ended.
        let revoked = ctx.postgres.revoke(&over).await.unwrap();
        assert_eq!(revoked.proof, "login locked, 0 sessions");
        ctx.postgres.clean_up(&over).await.unwrap();
        assert!(!ctx.role_exists(&over).await);
    })
    .await;
}

#[tokio::test]
async fn whichever_of_the_two_ends_is_earlier_counts() {
    run_alone("reap_changed", async |ctx| {
        let granted = ctx.grant("reaperab", "read").await;
        is_over(ctx, &granted.principal, "AR-7 of install reaperab").await;
        let by_hand = format!("ALTER ROLE {} VALID UNTIL 'infinity'", granted.principal);
        ctx.as_superuser("postgres", &by_hand).await;
        assert_snapshot!(told(&ctx.postgres.reap().await.unwrap().ended), @"AR-7 apono_reaperab_ar7_dana_ito: login locked, 0 sessions, 0 ended");
    })
    .await;
}

#[tokio::test]
async fn a_membership_that_is_past_its_time_goes_and_the_accounts_sessions_with_it() {
    run_alone("reap_members", async |ctx| {
        ctx.with_account("reap_members_dana").await;
        let granted = ctx.plan("reaperac", "reap_members_dana", 7, &["read"]);
        ctx.give(&granted).await;
        let session = ctx.session_of("reap_members_dana").await;
        let (_, lease) = granted.principal.split_once(" through ").unwrap();
        is_over(ctx, lease, "AR-7 of install reaperac").await;
        assert_snapshot!(told(&ctx.postgres.reap().await.unwrap().ended), @"AR-7 reap_members_dana through apono_reaperac_ar7_dana_ito: membership gone, 0 sessions from before, 1 ended");
        ends(session).await;
        let mut later = ctx.session_of("reap_members_dana").await;
        assert_eq!(
            run(&mut later, "SELECT * FROM orders").await.unwrap_err(),
            "42501"
        );
        assert_eq!(ctx.postgres.reap().await.unwrap().ended, []);
        run(&mut later, "SELECT 1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_sql_does_the_same_on_the_server_itself() {
    run_alone("reap_sql", async |ctx| {
        let mut order_8 = order("reaperad", &["reap_sql"], &["write"]);
        order_8.request = RequestNumber(8);
        let live = ctx.postgres.prepare(&order_8).unwrap();
        ctx.postgres.grant(&live, in_seconds(3600)).await.unwrap();
        let mut lives = ctx.log_in(&live).await;
        let over = ctx.grant("reaperad", "read").await;
        let goes = ctx.log_in(&over).await;
        is_over(ctx, &over.principal, "AR-7 of install reaperad").await;

        ctx.with_account("reap_sql_dana").await;
        let membership = ctx.plan("reaperad", "reap_sql_dana", 9, &["read"]);
        ctx.give(&membership).await;
        let session = ctx.session_of("reap_sql_dana").await;
        let (_, lease) = membership.principal.split_once(" through ").unwrap();
        is_over(ctx, lease, "AR-9 of install reaperad, lease").await;
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE reap_sql_reporting LOGIN VALID UNTIL '2026-01-01 00:00:00Z';
             COMMENT ON ROLE reap_sql_reporting IS 'apono AR-9 of install reaperad, until 2026-01-01T00:00:00.000000Z'",
        )
        .await;

        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        let sql = reap_sql(&["reap_sql_dana".to_owned()], false).unwrap();
        for _ in 0..2 {
            run(&mut bot, &sql).await.unwrap();
        }
        ends(goes).await;
        ends(session).await;
        run(&mut lives, "SELECT 1").await.unwrap();
        let mut later = ctx.session_of("reap_sql_dana").await;
        run(&mut bot, &sql).await.unwrap();
        run(&mut later, "SELECT 1").await.unwrap();
        assert_eq!(run(&mut later, "SELECT * FROM orders").await.unwrap_err(), "42501");
        let open = "SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles
                    WHERE rolcanlogin AND rolname ~ 'reap_sql_reporting|reaperad|reap_sql_dana'";
        assert_snapshot!(ctx.ask(open).await, @"apono_reaperad_ar8_dana_ito, reap_sql_dana, reap_sql_reporting");
        let joins = format!("SELECT count(*)::text FROM pg_auth_members WHERE member = '{lease}'::regrole");
        assert_eq!(ctx.ask(&joins).await, "0", "the lease itself gives nothing any more");
        assert_eq!(ctx.postgres.reap().await.unwrap().ended, [], "nothing is left of it");
        let comment = format!("SELECT shobj_description('{}'::regrole, 'pg_authid')", over.principal);
        assert_snapshot!(ctx.ask(&comment).await, @"apono AR-7 of install reaperad, revoked");
    })
    .await;
}

#[tokio::test]
async fn one_that_the_sql_cannot_end_keeps_no_other() {
    run_alone("reap_stuck", async |ctx| {
        let stuck = ctx.grant("reaperaf", "read").await;
        is_over(ctx, &stuck.principal, "AR-7 of install reaperaf").await;
        let by_hand = format!("ALTER ROLE {} SUPERUSER", stuck.principal);
        ctx.as_superuser("postgres", &by_hand).await;
        let mut order_8 = order("reaperaf", &["reap_stuck"], &["read"]);
        order_8.request = RequestNumber(8);
        let over = ctx.postgres.prepare(&order_8).unwrap();
        ctx.postgres.grant(&over, in_seconds(3600)).await.unwrap();
        is_over(ctx, &over.principal, "AR-8 of install reaperaf").await;

        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        let said = "SELECT string_agg(concat_ws(' ', CASE WHEN rolcanlogin THEN 'open' ELSE 'locked' END,
                           shobj_description(oid, 'pg_authid')), E'\n' ORDER BY rolname)
                    FROM pg_roles WHERE rolname ~ 'reaperaf'";
        assert_snapshot!(ctx.ask(said).await, @"
        open apono AR-7 of install reaperaf, until 2026-01-01T00:00:00.000000Z
        locked apono AR-8 of install reaperaf, revoked
        ");
        let by_hand = format!("ALTER ROLE {} NOSUPERUSER", stuck.principal);
        ctx.as_superuser("postgres", &by_hand).await;
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert_eq!(ctx.postgres.reap().await.unwrap().ended, []);
    })
    .await;
}

/// Runs `apono reap` with a config that names the target; there is no bot and no database of one.
async fn by_command(ctx: &Context, name: &str, more: &[&str]) -> (bool, String) {
    let SecretRef::File(url) = &ctx.settings.url else {
        panic!("the test's secret is a file")
    };
    let config = url.with_file_name("config.toml");
    let text = format!(
        r#"
version = 1

[slack]
app_token = {{ env = "NO_TOKEN" }}
bot_token = {{ env = "NO_TOKEN" }}
audit_channel = "permissions-audit"

[database]
url = "sqlite://nowhere/apono.db"

[roles]
admins = ["ada@example.com"]

[[integrations]]
name = "orders-db"
kind = "postgres"
url = {{ file = "{}" }}
permissions = {{ read = "{{resource}}_read" }}
"#,
        url.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_apono"));
    command
        .args(["reap", "--integration", name, "--config"])
        .arg(&config)
        .args(more);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let folder = url.parent().unwrap().to_str().unwrap();
    (
        output.status.success(),
        String::from_utf8(said).unwrap().replace(folder, ""),
    )
}

#[tokio::test]
async fn the_command_needs_the_config_and_the_target_alone() {
    run_alone("reap_command", async |ctx| {
        let granted = ctx.grant("reaperae", "read").await;
        let goes = ctx.log_in(&granted).await;
        is_over(ctx, &granted.principal, "AR-7 of install reaperae").await;

        let (_, sql) = by_command(ctx, "orders-db", &["--print-sql"]).await;
        assert_eq!(sql, reap_sql(&[], false).unwrap());
        let (well, said) = by_command(ctx, "orders-db", &[]).await;
        assert!(well);
        assert_snapshot!(said, @"AR-7 apono_reaperae_ar7_dana_ito: login locked, 0 sessions; sessions ended: 1");
        ends(goes).await;
        assert_snapshot!(by_command(ctx, "orders-db", &[]).await.1, @"Nothing on orders-db has expired.");

        let (well, said) = by_command(ctx, "order-db", &[]).await;
        assert!(!well);
        assert_snapshot!(said, @r#"apono: there is no integration "order-db": /config.toml has: orders-db"#);
        ctx.change_secret("postgres://apono@127.0.0.1:1/orders?sslmode=disable");
        let (well, said) = by_command(ctx, "orders-db", &[]).await;
        assert!(!well);
        assert_snapshot!(said, @"apono: orders-db could not be checked: while connecting: 127.0.0.1:1 refused the connection");
    })
    .await;
}
