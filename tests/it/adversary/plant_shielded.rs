//! What keeps a clean-up from a dead login's code: where it stands, and what else stands on it.

use insta::assert_snapshot;

use super::grantee::Grantee;
use super::plant::{allow_triggers, end};
use crate::postgres_target::context::{run, run_test};

/// After the end neither the login nor the bot may use it.
#[tokio::test]
async fn a_schema_that_the_group_alone_may_use_is_cleaned_up() {
    run_test("adv_schema", async |ctx| {
        ctx.as_superuser("adv_schema", "CREATE SCHEMA priv; GRANT USAGE, CREATE ON SCHEMA priv TO adv_schema_write")
            .await;
        let dana = Grantee::with_login(ctx, "advschem", "write").await;
        let mut session = dana.session().await;
        let make = "CREATE TABLE priv.report (id int); GRANT SELECT ON priv.report TO PUBLIC;
                    CREATE FUNCTION priv.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'";
        run(&mut session, make).await.unwrap();
        let cleaned = end(ctx, &dana).await;
        assert_snapshot!(cleaned.summary, @"1 function changed from SECURITY DEFINER to INVOKER; rights of others on 1 object revoked; the login stays, locked, because it owns 2 objects in adv_schema; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_advschem_ar7_dana_ito there");
        let lent = ctx.ask("SELECT count(*)::text FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member WHERE m.rolname = 'adv_schema_bot'
                            AND e.roleid = 'adv_schema_write'::regrole AND NOT e.admin_option").await;
        assert_eq!(lent, "0");
    })
    .await;
}

/// What the server makes for a type belongs to nobody whom that would cost anything.
#[tokio::test]
async fn what_the_server_made_for_a_type_shields_no_code() {
    run_test("adv_range", async |ctx| {
        ctx.as_superuser("adv_range", "GRANT TRIGGER ON orders TO adv_range_write")
            .await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "advrange", "write").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "CREATE FUNCTION spy(int, int) RETURNS float8 IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
             CREATE TYPE span AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = spy); ALTER FUNCTION spy VOLATILE;
             CREATE TABLE spans (s span); CREATE PROCEDURE spy(int) LANGUAGE sql AS 'SELECT 1';
             CREATE TRIGGER spied BEFORE UPDATE ON orders FOR EACH ROW WHEN (spy(NEW.id, 1) > 0)
                EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        )
        .await
        .unwrap();
        let cleaned = end(ctx, &dana).await;
        let left = ctx
            .ask("SELECT count(*)::text FROM pg_trigger WHERE tgname = 'spied'")
            .await;
        assert_eq!(left, "0", "{}", cleaned.summary);
    })
    .await;
}

/// A policy keeps rows from people: it must not go with the function that it calls.
#[tokio::test]
async fn a_policy_of_others_stays_with_the_function_that_it_calls() {
    run_test("adv_policy", async |ctx| {
        let dana = Grantee::with_login(ctx, "advpolic", "write").await;
        let mut session = dana.session().await;
        run(&mut session, "CREATE FUNCTION sees(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'").await.unwrap();
        ctx.as_superuser(
            "adv_policy",
            "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON orders AS RESTRICTIVE USING (sees(id))",
        )
        .await;
        let cleaned = end(ctx, &dana).await;
        assert!(cleaned.summary.contains("not dropped, because objects of others would be dropped with it"), "{}", cleaned.summary);
        assert_eq!(ctx.ask("SELECT count(*)::text FROM pg_policy").await, "1");
    })
    .await;
}
