//! Becoming more by what everybody was given, and by the catalogs that the server keeps from everybody.

use insta::assert_snapshot;

use super::become_more::{allow, refusal};
use super::grantee::{Grantee, version};
use crate::postgres_target::context::{run, run_alone, run_test};

#[tokio::test]
async fn what_everybody_was_given_counts_as_the_groups() {
    run_test("adv_p_public", async |ctx| {
        ctx.as_superuser("adv_p_public", "GRANT TRIGGER ON orders TO PUBLIC").await;
        assert_snapshot!(refusal(ctx, "advppubl").await, @r#"the group role adv_p_public_read includes PUBLIC, which has TRIGGER or REFERENCES on tables: a member's trigger would run with the rights of anyone who writes there; for example public.orders; to allow it: allow_roles = { adv_p_public_read = ["trigger"] }"#);
        ctx.as_superuser("adv_p_public", "REVOKE TRIGGER ON orders FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC").await;
        assert!(refusal(ctx, "advppubl").await.contains("includes PUBLIC, which may call functions"));
        allow(ctx, "files");
        let dana = Grantee::with_login(ctx, "advppubl", "read").await;
        run(&mut dana.session().await, "SELECT pg_read_file('PG_VERSION')").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_group_that_reads_the_servers_secrets_is_refused() {
    run_test("adv_p_secret", async |ctx| {
        for (give, take) in [
            (
                "GRANT SELECT (umserver, umoptions) ON pg_user_mapping TO adv_p_secret_read",
                "REVOKE SELECT (umserver, umoptions) ON pg_user_mapping FROM adv_p_secret_read",
            ),
            ("GRANT SELECT ON pg_shadow TO PUBLIC", "REVOKE SELECT ON pg_shadow FROM PUBLIC"),
            (
                "GRANT SELECT (subconninfo) ON pg_subscription TO adv_p_secret_read",
                "REVOKE SELECT (subconninfo) ON pg_subscription FROM adv_p_secret_read",
            ),
        ] {
            ctx.as_superuser("adv_p_secret", give).await;
            assert!(refusal(ctx, "advpsecr").await.contains("has rights on catalogs that the server restricts"), "{give}");
            ctx.as_superuser("adv_p_secret", take).await;
        }
        ctx.as_superuser("adv_p_secret", "GRANT SELECT ON pg_authid TO adv_p_secret_read").await;
        assert_snapshot!(refusal(ctx, "advpsecr").await, @r#"the group role adv_p_secret_read has rights on catalogs that the server restricts, such as its roles' password verifiers; for example pg_authid; to allow it: allow_roles = { adv_p_secret_read = ["secrets"] }"#);
        allow(ctx, "secrets");
        let dana = Grantee::with_login(ctx, "advpsecr", "read").await;
        run(&mut dana.session().await, "SELECT rolpassword FROM pg_authid").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn parameters_that_everybody_may_set_count_as_the_groups() {
    run_alone("adv_p_everybody", async |ctx| {
        if version(ctx).await < 150_000 {
            return;
        }
        ctx.as_superuser("postgres", "GRANT SET ON PARAMETER session_replication_role TO PUBLIC").await;
        assert_snapshot!(refusal(ctx, "advpever").await, @r#"the group role adv_p_everybody_read includes PUBLIC, which may change the server's parameters; for example session_replication_role; to allow it: allow_roles = { adv_p_everybody_read = ["parameters"] }"#);
        allow(ctx, "parameters");
        let dana = Grantee::with_login(ctx, "advpever", "read").await;
        run(&mut dana.session().await, "SET session_replication_role = replica").await.unwrap();
        ctx.as_superuser("postgres", "REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC").await;
    })
    .await;
}

/// Elsewhere than where it is for, a member may get what it could not here.
#[tokio::test]
async fn what_a_group_may_do_in_another_database_counts_too() {
    run_test("adv_p_elsewhere", async |ctx| {
        ctx.as_superuser("postgres", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO adv_p_elsewhere_read").await;
        let refused = refusal(ctx, "advpelse").await;
        ctx.as_superuser("postgres", "REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM adv_p_elsewhere_read").await;
        assert_snapshot!(refused, @r#"in postgres, the group role adv_p_elsewhere_read may call functions that the server restricts, such as those that read its files; for example pg_read_file(text); to allow it: allow_roles = { adv_p_elsewhere_read = ["files"] }"#);
        Grantee::with_login(ctx, "advpelse", "read").await;
    })
    .await;
}

/// What a login gives of its own is no reason to refuse everybody else.
#[tokio::test]
async fn what_a_login_gives_everybody_of_its_own_keeps_nobody_from_the_group() {
    run_test("adv_p_own", async |ctx| {
        let dana = Grantee::with_login(ctx, "advpownx", "write").await;
        let gift = "CREATE TABLE gift (id int); GRANT ALL ON gift TO PUBLIC; GRANT ALL ON gift TO adv_p_own_write WITH GRANT OPTION";
        run(&mut dana.session().await, gift).await.unwrap();
        Grantee::with_login(ctx, "advpowny", "write").await;
    })
    .await;
}
