//! What becomes of the things that a login made.

use apono::access::grant::Granted;
use apono::integrations::{Integration, IntegrationError, KeepsState};
use insta::assert_snapshot;

use super::context::{Context, in_seconds, order, password_of, run, run_test};

pub(super) async fn revoke_and_clean_up(ctx: &Context, granted: &Granted) -> String {
    ctx.postgres.revoke(granted).await.unwrap();
    let cleaned = ctx.postgres.clean_up(granted).await.unwrap();
    let (_, role) = granted
        .principal
        .rsplit_once(' ')
        .unwrap_or(("", &granted.principal));
    assert_eq!(ctx.has_role(role).await, cleaned.kept);
    cleaned.summary
}

#[tokio::test]
async fn a_login_that_made_nothing_is_dropped() {
    run_test("clean_nothing", async |ctx| {
        let granted = ctx.grant("cleannot", "read").await;
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"login dropped");
        let again = ctx.postgres.clean_up(&granted).await.unwrap();
        assert_snapshot!(again.summary, @"no login is left");
    })
    .await;
}

#[tokio::test]
async fn what_a_login_made_stays_with_it_and_its_group_may_use_the_tables() {
    run_test("clean_made", async |ctx| {
        let granted = ctx.grant("cleanmad", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            "CREATE TABLE report AS SELECT * FROM orders;
             GRANT SELECT ON report TO PUBLIC;
             ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        )
        .await
        .unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"rights of others on 1 object revoked; 1 relation shared with clean_made_write; the login stays, locked, because it owns 1 object in clean_made; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanmad_ar7_dana_ito there");
        let owners = ctx
            .ask("SELECT relowner::regrole::text FROM pg_class WHERE relname = 'report'")
            .await;
        assert_eq!(owners, "apono_cleanmad_ar7_dana_ito");
        let may = ctx
            .ask("SELECT concat_ws(' ', has_table_privilege('clean_made_write', 'report', 'INSERT'), has_table_privilege('clean_made_write', 'report', 'TRIGGER'), has_table_privilege('clean_made_read', 'report', 'SELECT'))")
            .await;
        assert_eq!(may, "t f f");
        assert_eq!(ctx.ask("SELECT count(*)::text FROM report").await, "3");
        let lent = ctx
            .ask("SELECT pg_has_role('clean_made_bot', 'apono_cleanmad_ar7_dana_ito', 'USAGE')::text")
            .await;
        assert_eq!(lent, "false", "the bot keeps no membership that it lent itself");
        let comment = "SELECT shobj_description('apono_cleanmad_ar7_dana_ito'::regrole, 'pg_authid')";
        assert_snapshot!(ctx.ask(comment).await, @"apono AR-7 of install cleanmad, login, revoked, owns 1 object in clean_made");
        // A later pass takes nothing away even for a moment, and stops sharing what runs code by now.
        let stays = "the login stays, locked, because it owns 1 object in clean_made; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanmad_ar7_dana_ito there";
        assert_eq!(ctx.postgres.clean_up(&granted).await.unwrap().summary, stays);
        ctx.as_superuser("clean_made", "CREATE TRIGGER traps BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()").await;
        let closed = ctx.postgres.clean_up(&granted).await.unwrap().summary;
        assert_eq!(closed, format!("1 relation no longer shared with clean_made_write; {stays}"));
        // Once somebody has taken care of it, the next look drops it.
        ctx.as_superuser("clean_made", "REASSIGN OWNED BY apono_cleanmad_ar7_dana_ito TO superuser").await;
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"login dropped");
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn traces_in_every_database_are_found() {
    run_test("clean_far", async |ctx| {
        ctx.server.create_target("clean_far_b").await.unwrap();
        let granted = ctx.grant("cleanfar", "write").await;
        ctx.as_superuser("clean_far_b", "GRANT CREATE ON SCHEMA public TO PUBLIC")
            .await;
        let password = password_of(&ctx.connect(&granted).await.unwrap());
        let mut session = ctx
            .try_log_in(&granted, &password, "clean_far_b")
            .await
            .unwrap();
        run(&mut session, "CREATE TABLE stray ()").await.unwrap();
        let mut session = ctx
            .try_log_in(&granted, &password, "clean_far")
            .await
            .unwrap();
        run(&mut session, "CREATE TABLE one (); CREATE TABLE two ()")
            .await
            .unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"2 relations shared with clean_far_write; the login stays, locked, because it owns 2 objects in clean_far and 1 object in clean_far_b; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanfar_ar7_dana_ito there");
    })
    .await;
}

#[tokio::test]
async fn of_several_groups_that_of_the_last_permission_in_the_config_may_use_it() {
    run_test("clean_both", async |ctx| {
        let order = order("cleanbot", &["clean_both"], &["write", "read"]);
        let granted = ctx.postgres.prepare(&order).unwrap();
        ctx.postgres.grant(&granted, in_seconds(60)).await.unwrap();
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "CREATE TABLE report ()").await.unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"1 relation shared with clean_both_write; the login stays, locked, because it owns 1 object in clean_both; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanbot_ar7_dana_ito there");
    })
    .await;
}

#[tokio::test]
async fn privileges_that_the_group_gave_are_taken_back() {
    run_test("clean_given", async |ctx| {
        for permission in &mut ctx.settings.permissions {
            permission.set_role = true;
        }
        ctx.reopen();
        let granted = ctx.grant("cleangiv", "write").await;
        let role = &granted.principal;
        let mut session = ctx.log_in(&granted).await;
        run(
            &mut session,
            &format!("SET ROLE clean_given_write; CREATE TABLE shared (); GRANT SELECT ON shared TO {role}"),
        )
        .await
        .unwrap();
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"the group clean_given_write owns objects that a member created in its name; please review: table public.shared; login dropped");
    })
    .await;
}

#[tokio::test]
async fn privileges_that_somebody_else_gave_keep_the_locked_login_and_say_so() {
    run_test("clean_kept", async |ctx| {
        let granted = ctx.grant("cleankep", "write").await;
        let role = &granted.principal;
        ctx.as_superuser("clean_kept", &format!("GRANT SELECT ON orders TO {role}"))
            .await;
        ctx.postgres.revoke(&granted).await.unwrap();
        let error = ctx.postgres.clean_up(&granted).await.unwrap_err();
        assert_snapshot!(error, @"while dropping the login: it still has something that only others can take away, such as privileges that they gave it (2BP01)");
        ctx.as_superuser(
            "clean_kept",
            &format!("REVOKE SELECT ON orders FROM {role}"),
        )
        .await;
        ctx.postgres.clean_up(&granted).await.unwrap();
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn where_the_group_is_gone_nobody_gets_it() {
    run_test("clean_orphan", async |ctx| {
        let granted = ctx.grant("cleanorp", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "CREATE TABLE kept ()").await.unwrap();
        ctx.as_superuser(
            "clean_orphan",
            "DROP OWNED BY clean_orphan_write; DROP ROLE clean_orphan_write",
        )
        .await;
        assert_snapshot!(revoke_and_clean_up(ctx, &granted).await, @"the login stays, locked, because it owns 1 object in clean_orphan; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_cleanorp_ar7_dana_ito there");
    })
    .await;
}

#[tokio::test]
async fn a_live_login_is_not_cleaned_up() {
    run_test("clean_live", async |ctx| {
        let granted = ctx.grant("cleanliv", "read").await;
        let error = ctx.postgres.clean_up(&granted).await.unwrap_err();
        assert!(matches!(error, IntegrationError::Retry { .. }));
        assert!(ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_is_not_known_as_ours_is_locked_and_kept() {
    run_test("clean_foreign", async |ctx| {
        let granted = ctx.prepare("cleanfor", "read");
        let role = &granted.principal;
        ctx.as_superuser(
            "postgres",
            &format!("SET ROLE clean_foreign_bot; CREATE ROLE {role} LOGIN"),
        )
        .await;
        ctx.postgres.revoke(&granted).await.unwrap();
        let error = ctx.postgres.clean_up(&granted).await.unwrap_err();
        assert!(matches!(error, IntegrationError::Refuse { .. }));
        assert!(ctx.role_exists(&granted).await);
    })
    .await;
}
