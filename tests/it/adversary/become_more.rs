//! Becoming more than was granted, through what a group role is or has: each power shown at work, and refused before.

use apono::integrations::{Discovers, Integration, IntegrationError};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::grantee::{Grantee, version};
use crate::postgres_target::context::{Context, in_seconds, run, run_test};

/// What a grant of `read` says now.
pub(super) async fn refusal(ctx: &Context, install: &str) -> String {
    let granted = ctx.prepare(install, "read");
    match ctx.postgres.grant(&granted, in_seconds(60)).await {
        Err(IntegrationError::Refuse { said: why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// Lets the bot give the group whatever it is, as a careless administrator would.
pub(super) fn allow(ctx: &mut Context, power: &str) {
    let group = format!("{}_read", ctx.target.database);
    ctx.settings.allow_roles = [(group, vec![power.to_owned()])].into();
    ctx.reopen();
}

/// The member changes the group's password, and comes back as the group when the access is over.
#[tokio::test]
async fn a_group_that_can_log_in_is_refused() {
    run_test("adv_p_login", async |ctx| {
        ctx.as_superuser("postgres", "ALTER ROLE adv_p_login_read LOGIN").await;
        assert_snapshot!(refusal(ctx, "advplogi").await, @r#"the group role adv_p_login_read can log in, so a member could change its password and come back; to allow it: allow_roles = { adv_p_login_read = ["login"] }"#);
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
        assert_snapshot!(refusal(ctx, "advpgran").await, @r#"the group role adv_p_grant_read has rights with GRANT OPTION, which its members could pass on; for example public.orders; to allow it: allow_roles = { adv_p_grant_read = ["grant-option"] }"#);
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
        assert_snapshot!(refusal(ctx, "advpadmi").await, @r#"the group role adv_p_admin_read includes adv_p_admin_between, which has ADMIN OPTION on a role, so its members could pass that role on; to allow it: allow_roles = { adv_p_admin_read = ["admin"] }"#);
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
        assert_snapshot!(refusal(ctx, "advpfile").await, @r#"the group role adv_p_files_read may call functions that the server restricts, such as those that read its files; for example pg_read_file(text); to allow it: allow_roles = { adv_p_files_read = ["files"] }"#);
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
        assert_snapshot!(refusal(ctx, "advpprov").await, @r#"the group role adv_p_provider_read includes rds_iam, which is one of the provider's own roles; to allow it: allow_roles = { adv_p_provider_read = ["provider-role"] }"#);
        ctx.as_superuser("postgres", "DROP ROLE rds_iam").await;
    })
    .await;
}

#[tokio::test]
async fn a_group_that_cannot_enter_its_database_is_refused() {
    run_test("adv_p_enter", async |ctx| {
        ctx.as_superuser("postgres", "REVOKE CONNECT ON DATABASE adv_p_enter FROM PUBLIC; GRANT CONNECT ON DATABASE adv_p_enter TO adv_p_enter_bot").await;
        assert_snapshot!(refusal(ctx, "advpente").await, @"the group role adv_p_enter_read lacks CONNECT on adv_p_enter");
    })
    .await;
}

/// A role's own powers are not inherited, but a member that can become the role has them anyway.
#[tokio::test]
async fn a_group_that_may_do_something_by_itself_is_refused() {
    let attributes = [
        ("createrole", "CREATEROLE", "CREATE ROLE adv_p_attr_mine"),
        ("createdb", "CREATEDB", "CREATE DATABASE adv_p_attr_mine"),
        (
            "replication",
            "REPLICATION",
            "SELECT pg_create_physical_replication_slot('adv_p_attr', false, true)",
        ),
        (
            "bypassrls",
            "BYPASSRLS",
            "SELECT FROM guarded HAVING count(*) = 1",
        ),
    ];
    run_test("adv_p_attr", async |ctx| {
        ctx.as_superuser("adv_p_attr", "CREATE TABLE guarded AS SELECT 1 AS one; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; GRANT SELECT ON guarded TO PUBLIC").await;
        for ((word, attribute, used), number) in attributes.into_iter().zip(2..) {
            let install = format!("advpatt{number}");
            ctx.as_superuser("postgres", &format!("ALTER ROLE adv_p_attr_read {attribute}")).await;
            ctx.settings.allow_roles.clear();
            ctx.reopen();
            let refused = refusal(ctx, &install).await;
            assert!(refused.ends_with(&format!("to allow it: allow_roles = {{ adv_p_attr_read = [\"{word}\"] }}")), "{refused}");
            allow(ctx, word);
            let dana = Grantee::with_login(ctx, &install, "read").await;
            let mut session = dana.session().await;
            let became = run(&mut session, "SET ROLE adv_p_attr_read").await;
            assert_eq!(became.is_ok(), version(ctx).await < 160_000);
            if became.is_ok() {
                run(&mut session, used).await.unwrap_or_else(|code| panic!("{used}: {code}"));
            }
            ctx.postgres.revoke(&dana.granted).await.unwrap();
            ctx.as_superuser("postgres", "DROP DATABASE IF EXISTS adv_p_attr_mine").await;
            ctx.as_superuser("postgres", &format!("ALTER ROLE adv_p_attr_read NO{attribute}")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_group_that_leads_to_one_of_the_servers_own_is_refused() {
    run_test("adv_p_server", async |ctx| {
        ctx.as_superuser("postgres", "GRANT pg_read_server_files TO adv_p_server_read")
            .await;
        assert_snapshot!(refusal(ctx, "advpserv").await, @r#"the group role adv_p_server_read includes pg_read_server_files, which is one of the server's own roles; to allow it: allow_roles = { adv_p_server_read = ["server-role"] }"#);
        allow(ctx, "server-role");
        let dana = Grantee::with_login(ctx, "advpserv", "read").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE TEMP TABLE read (line text); COPY read FROM '/etc/passwd'",
        )
        .await
        .unwrap();
    })
    .await;
}

/// The server itself keeps the bot from giving it, also where the config allows it.
#[tokio::test]
async fn a_group_that_is_a_superuser_is_refused() {
    run_test("adv_p_super", async |ctx| {
        ctx.as_superuser("postgres", "ALTER ROLE adv_p_super_read SUPERUSER").await;
        assert_snapshot!(refusal(ctx, "advpsupe").await, @r#"the group role adv_p_super_read is a superuser; to allow it: allow_roles = { adv_p_super_read = ["superuser"] }"#);
        allow(ctx, "superuser");
        assert!(refusal(ctx, "advpsupe").await.contains("lacks a privilege"));
    })
    .await;
}

/// Anyone with the bot's rights can give themselves everything the bot can give, so no config allows it.
#[tokio::test]
async fn a_group_that_leads_to_the_bot_is_refused_whatever_the_config_says() {
    run_test("adv_p_bot", async |ctx| {
        // From 16 on the bot administers the group, and the server refuses the circle.
        if version(ctx).await >= 160_000 {
            return;
        }
        ctx.as_superuser("postgres", "GRANT adv_p_bot_bot TO adv_p_bot_read")
            .await;
        allow(ctx, "bot");
        assert_snapshot!(refusal(ctx, "advpbotx").await, @"the group role adv_p_bot_read includes adv_p_bot_bot, which is the bot's own role");
    })
    .await;
}

/// A trigger's function runs as the role that writes: here the superuser makes the member a superuser.
#[tokio::test]
async fn a_group_that_puts_triggers_on_tables_is_refused() {
    run_test("adv_p_trig", async |ctx| {
        ctx.as_superuser("adv_p_trig", "GRANT CREATE ON SCHEMA public TO adv_p_trig_read; GRANT TRIGGER ON orders TO adv_p_trig_read").await;
        assert_snapshot!(refusal(ctx, "advptrig").await, @r#"the group role adv_p_trig_read has TRIGGER or REFERENCES on tables: a member's trigger would run with the rights of anyone who writes there; for example public.orders; to allow it: allow_roles = { adv_p_trig_read = ["trigger"] }"#);
        ctx.as_superuser("adv_p_trig", "REVOKE TRIGGER ON orders FROM adv_p_trig_read; ALTER DEFAULT PRIVILEGES GRANT TRIGGER ON TABLES TO adv_p_trig_read").await;
        assert!(refusal(ctx, "advptrig").await.contains("has TRIGGER or REFERENCES"));
        ctx.as_superuser("adv_p_trig", "GRANT TRIGGER ON orders TO adv_p_trig_read").await;
        allow(ctx, "trigger");
        let dana = Grantee::with_login(ctx, "advptrig", "read").await;
        let mut session = dana.session().await;
        let plant = format!(
            "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ALTER ROLE {} CREATEDB; RETURN NEW; END$$; \
             CREATE TRIGGER mine BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION mine()",
            dana.user
        );
        run(&mut session, &plant).await.unwrap();
        ctx.as_superuser("adv_p_trig", "INSERT INTO orders VALUES (9, 1, 1)").await;
        let more = ctx.ask(&format!("SELECT rolcreatedb::text FROM pg_roles WHERE rolname = '{}'", dana.user)).await;
        assert_eq!(more, "true");
    })
    .await;
}

#[tokio::test]
async fn a_group_with_grant_option_on_what_is_no_table_is_refused() {
    run_test("adv_p_grant2", async |ctx| {
        for (give, take) in [
            ("SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO adv_p_grant2_read WITH GRANT OPTION", "SELECT lo_unlink(4711)"),
            (
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO adv_p_grant2_read WITH GRANT OPTION",
                "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM adv_p_grant2_read",
            ),
        ] {
            ctx.as_superuser("adv_p_grant2", give).await;
            assert!(refusal(ctx, "advpgra2").await.contains("has rights with GRANT OPTION"), "{give}");
            ctx.as_superuser("adv_p_grant2", take).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_group_that_calls_what_the_server_keeps_from_everybody_is_refused() {
    run_test("adv_p_kept", async |ctx| {
        for function in [
            "pg_hba_file_rules()",
            "pg_promote(boolean, integer)",
            "pg_ls_logdir()",
            "pg_reload_conf()",
        ] {
            ctx.as_superuser(
                "adv_p_kept",
                &format!("GRANT EXECUTE ON FUNCTION {function} TO adv_p_kept_read"),
            )
            .await;
            assert!(
                refusal(ctx, "advpkept").await.contains("[\"files\"]"),
                "{function}"
            );
            ctx.as_superuser(
                "adv_p_kept",
                &format!("REVOKE EXECUTE ON FUNCTION {function} FROM adv_p_kept_read"),
            )
            .await;
        }
        ctx.as_superuser(
            "adv_p_kept",
            "GRANT EXECUTE ON FUNCTION pg_stat_reset() TO adv_p_kept_read",
        )
        .await;
        Grantee::with_login(ctx, "advpkept", "read").await;
    })
    .await;
}

/// The line to write has to be TOML, whatever the group is called.
#[tokio::test]
async fn the_line_that_allows_a_power_can_be_pasted() {
    run_test("adv_p_paste", async |ctx| {
        ctx.as_superuser("postgres", "CREATE ROLE \"a.b \"\"c\" LOGIN")
            .await;
        ctx.settings.permissions[0].group = "a.b \"c".to_owned();
        ctx.settings.resources = Some(vec!["adv_p_paste".to_owned()]);
        ctx.reopen();
        let refused = refusal(ctx, "advppast").await;
        let (_, line) = refused.split_once("to allow it: ").unwrap();
        assert_snapshot!(line, @r#"allow_roles = { 'a.b "c' = ["login"] }"#);
        let read: toml::Table = line.parse().unwrap();
        assert!(read["allow_roles"].as_table().unwrap().contains_key("a.b \"c"));
        ctx.as_superuser("postgres", "DROP ROLE \"a.b \"\"c\"").await;
    })
    .await;
}

/// `shop_ro` is the group that reads `shop`, and the one that writes in the database `shop_ro`.
#[tokio::test]
async fn a_group_that_stands_for_two_databases_is_refused() {
    run_test("adv_p_two", async |ctx| {
        let granted = ctx.prepare("advptwox", "read");
        ctx.settings.permissions[1].group = "{resource}".to_owned();
        ctx.reopen();
        ctx.as_superuser("postgres", "CREATE DATABASE adv_p_two_read")
            .await;
        let refused = ctx.postgres.grant(&granted, in_seconds(60)).await.unwrap_err();
        assert_snapshot!(refused, @"the group role adv_p_two_read is used for read on adv_p_two, write on adv_p_two_read: access to one database would be access to the others");
        let offered = ctx.postgres.discover().await.unwrap();
        let shop = offered
            .iter()
            .find(|resource| resource.name == "adv_p_two")
            .unwrap();
        assert_eq!(shop.permissions, Vec::<String>::new());
    })
    .await;
}
