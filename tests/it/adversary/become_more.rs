//! Becoming more than was granted, through what a group role is or has: each power shown at work, and refused before.

use apono::config::POWERS;
use apono::integrations::postgres::Power;
use apono::integrations::{Integration, IntegrationError};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::grantee::{Grantee, version};
use crate::postgres_target::context::{Context, in_seconds, run, run_test};

/// What a grant of `read` says now.
async fn refusal(ctx: &Context, install: &str) -> String {
    let granted = ctx.prepare(install, "read");
    match ctx.postgres.grant(&granted, in_seconds(60)).await {
        Err(IntegrationError::Refuse(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Lets the bot give the group whatever it is, as a careless administrator would.
fn allow(ctx: &mut Context, power: &str) {
    let group = format!("{}_read", ctx.target.database);
    ctx.settings.allow_roles = [(group, vec![power.to_owned()])].into();
    ctx.reopen();
}

#[test]
fn the_config_knows_every_power_by_its_word() {
    let words: Vec<&str> = Power::ALL.into_iter().map(Power::word).collect();
    assert_eq!(words, POWERS);
}

/// The member changes the group's password, and comes back as the group when the access is over.
#[tokio::test]
async fn a_group_that_can_log_in_is_refused() {
    run_test("adv_p_login", async |ctx| {
        ctx.as_superuser("postgres", "ALTER ROLE adv_p_login_read LOGIN").await;
        assert_snapshot!(refusal(ctx, "advplogi").await, @r#"the group role adv_p_login_read can log in, so that a member could change its password and come back; to allow it: allow_roles = { adv_p_login_read = ["login"] }"#);
        allow(ctx, "login");
        let dana = Grantee::with_login(ctx, "advplogi", "read").await;
        let mut session = dana.session().await;
        let took = run(&mut session, "SET ROLE adv_p_login_read; ALTER ROLE adv_p_login_read PASSWORD 'mine'").await;
        assert_eq!(took.is_ok(), version(ctx).await < 160_000);
        ctx.postgres.revoke(&dana.granted).await.unwrap();
        let url = ctx.server.url("adv_p_login_read", &SecretString::from("mine"), "adv_p_login");
        assert_eq!(PgConnection::connect(url.expose_secret()).await.is_ok(), took.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_group_that_owns_something_is_refused() {
    run_test("adv_p_owns", async |ctx| {
        ctx.as_superuser("adv_p_owns", "ALTER TABLE customers OWNER TO adv_p_owns_read").await;
        assert_snapshot!(refusal(ctx, "advpowns").await, @r#"the group role adv_p_owns_read owns objects, which its members could change or drop; to allow it: allow_roles = { adv_p_owns_read = ["owns"] }"#);
        allow(ctx, "owns");
        let dana = Grantee::with_login(ctx, "advpowns", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "ALTER TABLE customers ADD COLUMN mine int").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_group_with_grant_option_is_refused() {
    run_test("adv_p_grant", async |ctx| {
        ctx.as_superuser("adv_p_grant", "CREATE ROLE adv_p_grant_eve; GRANT SELECT ON orders TO adv_p_grant_read WITH GRANT OPTION").await;
        assert_snapshot!(refusal(ctx, "advpgran").await, @r#"the group role adv_p_grant_read has rights with GRANT OPTION, which its members could pass on; to allow it: allow_roles = { adv_p_grant_read = ["grant-option"] }"#);
        allow(ctx, "grant-option");
        let dana = Grantee::with_login(ctx, "advpgran", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "GRANT SELECT ON orders TO adv_p_grant_eve").await.unwrap();
        ctx.postgres.revoke(&dana.granted).await.unwrap();
        let kept = ctx.ask("SELECT has_table_privilege('adv_p_grant_eve', 'orders', 'SELECT')::text").await;
        assert_eq!(kept, "true", "it outlives the access");
    })
    .await;
}

#[tokio::test]
async fn a_group_that_leads_to_admin_on_another_is_refused() {
    run_test("adv_p_admin", async |ctx| {
        ctx.as_superuser("postgres", "CREATE ROLE adv_p_admin_between; GRANT adv_p_admin_write TO adv_p_admin_between WITH ADMIN OPTION; GRANT adv_p_admin_between TO adv_p_admin_read").await;
        assert_snapshot!(refusal(ctx, "advpadmi").await, @r#"the group role adv_p_admin_read leads to adv_p_admin_between, which has ADMIN OPTION on a role, so that its members could pass that on; to allow it: allow_roles = { adv_p_admin_read = ["admin"] }"#);
        allow(ctx, "admin");
        let dana = Grantee::with_login(ctx, "advpadmi", "read").await;
        let mut session = dana.session().await;
        let give = run(&mut session, "SET ROLE adv_p_admin_between; GRANT adv_p_admin_write TO SESSION_USER").await;
        assert_eq!(give.is_ok(), version(ctx).await < 160_000);
    })
    .await;
}

#[tokio::test]
async fn a_group_that_reads_the_servers_files_is_refused() {
    run_test("adv_p_files", async |ctx| {
        ctx.as_superuser("adv_p_files", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO adv_p_files_read").await;
        assert_snapshot!(refusal(ctx, "advpfile").await, @r#"the group role adv_p_files_read may call functions that read or write the server's files; to allow it: allow_roles = { adv_p_files_read = ["files"] }"#);
        allow(ctx, "files");
        let dana = Grantee::with_login(ctx, "advpfile", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "SELECT pg_read_file('PG_VERSION')").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_group_that_sets_the_servers_parameters_is_refused() {
    run_test("adv_p_params", async |ctx| {
        if version(ctx).await < 150_000 {
            return;
        }
        ctx.as_superuser("postgres", "GRANT SET ON PARAMETER log_statement TO adv_p_params_read").await;
        assert_snapshot!(refusal(ctx, "advppara").await, @r#"the group role adv_p_params_read may change the server's parameters; to allow it: allow_roles = { adv_p_params_read = ["parameters"] }"#);
        allow(ctx, "parameters");
        let dana = Grantee::with_login(ctx, "advppara", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "SET log_statement = 'none'").await.unwrap();
        ctx.as_superuser("postgres", "REVOKE SET ON PARAMETER log_statement FROM adv_p_params_read").await;
    })
    .await;
}

#[tokio::test]
async fn a_providers_role_is_refused() {
    run_test("adv_p_provider", async |ctx| {
        ctx.as_superuser("postgres", "CREATE ROLE rds_iam; GRANT rds_iam TO adv_p_provider_read").await;
        assert_snapshot!(refusal(ctx, "advpprov").await, @r#"the group role adv_p_provider_read leads to rds_iam, which is one of a provider's own; to allow it: allow_roles = { adv_p_provider_read = ["provider-role"] }"#);
        ctx.as_superuser("postgres", "DROP ROLE rds_iam").await;
    })
    .await;
}

#[tokio::test]
async fn a_group_that_cannot_enter_its_database_is_refused() {
    run_test("adv_p_enter", async |ctx| {
        ctx.as_superuser("postgres", "REVOKE CONNECT ON DATABASE adv_p_enter FROM PUBLIC; GRANT CONNECT ON DATABASE adv_p_enter TO adv_p_enter_bot").await;
        assert_snapshot!(refusal(ctx, "advpente").await, @"the group role adv_p_enter_read has no CONNECT on adv_p_enter");
    })
    .await;
}
