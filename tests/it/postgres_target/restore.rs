//! What stands on a server is compared with what was granted, and made exactly that again.

use apono::access::grant::Granted;
use apono::access::ids::InstallId;
use apono::access::time::Timestamp;
use apono::integrations::{Earlier, Integration, IntegrationError, KeepsState, Memberships};
use insta::assert_snapshot;

use super::context::{Context, in_seconds, run, run_test};

/// Whether the one role of this install is as it was granted.
async fn is_intact(ctx: &Context, granted: &Granted, until: Timestamp, install: &str) -> bool {
    let found = ctx.postgres.inspect(&InstallId::new(install)).await.unwrap();
    let mut intact = ctx.postgres.intact(granted, until).unwrap().held;
    intact.in_session = found[0].held.in_session;
    found[0].held == intact
}

#[tokio::test]
async fn a_lease_serves_its_account_alone_again() {
    run_test("rest_lease", async |ctx| {
        ctx.with_account("rest_lease_dana").await;
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE rest_lease_eve LOGIN PASSWORD 'their-own'",
        )
        .await;
        let granted = ctx.plan("restleas", "rest_lease_dana", 7, &["read"]);
        let until = in_seconds(600);
        ctx.postgres.grant(&granted, until).await.unwrap();
        let lease = "apono_restleas_ar7_dana_ito";
        let old = ctx.ask("SELECT current_setting('server_version_num')").await.as_str() < "160000";
        for change in [
            format!("SET ROLE rest_lease_bot; GRANT {lease} TO rest_lease_eve"),
            format!("SET ROLE rest_lease_bot; REVOKE {lease} FROM rest_lease_dana"),
            format!("SET ROLE rest_lease_bot; GRANT rest_lease_write TO {lease}; ALTER ROLE {lease} VALID UNTIL 'infinity'"),
            // From 16 on only a role with CREATEDB can take it away.
            format!("ALTER ROLE {lease} LOGIN {}", if old { "CREATEDB" } else { "" }),
            format!("DROP ROLE {lease}"),
        ] {
            ctx.as_superuser("postgres", &change).await;
            let is_there = !ctx
                .postgres
                .inspect(&InstallId::new("restleas"))
                .await
                .unwrap()
                .is_empty();
            assert!(
                !is_there || !is_intact(ctx, &granted, until, "restleas").await,
                "{change}"
            );
            let confirmed = ctx
                .postgres
                .restore(&granted, until, Earlier::None)
                .await
                .unwrap();
            assert_eq!(confirmed.target_deadline, None);
            assert!(is_intact(ctx, &granted, until, "restleas").await, "{change}");
        }
        let mut session = ctx.session_of("rest_lease_dana").await;
        run(&mut session, "SELECT * FROM orders").await.unwrap();
        let mut eves = ctx.session_of("rest_lease_eve").await;
        assert_eq!(run(&mut eves, "SELECT * FROM orders").await.unwrap_err(), "42501");
        // Nothing is left to do, so nobody's session ends.
        ctx.postgres
            .restore(&granted, until, Earlier::None)
            .await
            .unwrap();
        run(&mut session, "SELECT 1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_role_from_before_comments_said_what_it_is_is_intact() {
    run_test("rest_older", async |ctx| {
        ctx.with_account("rest_older_dana").await;
        let granted = ctx.plan("restolde", "rest_older_dana", 7, &["read"]);
        let until = in_seconds(600);
        ctx.postgres.grant(&granted, until).await.unwrap();
        let comment = format!(
            "COMMENT ON ROLE apono_restolde_ar7_dana_ito IS 'apono AR-7 of install restolde, until {}'",
            until.to_rfc3339()
        );
        ctx.as_superuser("postgres", &comment).await;
        assert!(is_intact(ctx, &granted, until, "restolde").await);
        let found = ctx.postgres.inspect(&InstallId::new("restolde")).await.unwrap();
        assert_eq!(found[0].granted.as_ref().unwrap().principal, granted.principal);
    })
    .await;
}

/// A locked login with a member looks like a lease unless its comment is read.
#[tokio::test]
async fn a_locked_login_that_somebody_joined_is_a_login_still() {
    run_test("rest_joined", async |ctx| {
        ctx.as_superuser("postgres", "CREATE ROLE rest_joined_eve").await;
        let granted = ctx.grant("restjoin", "read").await;
        let login = &granted.principal;
        let lock = format!("SET ROLE rest_joined_bot; GRANT {login} TO rest_joined_eve; ALTER ROLE {login} NOLOGIN");
        ctx.as_superuser("postgres", &lock).await;
        let found = ctx.postgres.inspect(&InstallId::new("restjoin")).await.unwrap();
        assert!(!found[0].held.open);
        let as_found = found[0].granted.clone().unwrap();
        assert_eq!(as_found.principal, granted.principal);
        let revoked = ctx.postgres.revoke(&as_found).await.unwrap();
        insta::assert_snapshot!(revoked.proof, @"login locked, 0 sessions; other members removed, sessions left open: rest_joined_eve");
        ctx.postgres.clean_up(&as_found).await.unwrap();
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_locked_or_is_not_its_own_is_not_restored() {
    run_test("rest_refused", async |ctx| {
        let granted = ctx.grant("restrefu", "read").await;
        let until = in_seconds(600);
        let refusal = async |change: &str| {
            let change = format!("{change};").replace("{}", &granted.principal);
            ctx.as_superuser("postgres", &change).await;
            match ctx.postgres.restore(&granted, until, Earlier::None).await {
                Err(IntegrationError::Refuse { said: why, .. }) => why,
                other => panic!("{change}: {other:?}"),
            }
        };
        assert_snapshot!(refusal("ALTER ROLE {} NOLOGIN").await, @"the login was locked on the server, and a locked role is never opened again");
        assert_snapshot!(refusal("ALTER ROLE {} LOGIN; COMMENT ON ROLE {} IS NULL").await, @"the role apono_restrefu_ar7_dana_ito does not belong to this request according to its comment, so it was not touched");
        let theirs = "COMMENT ON ROLE {} IS 'apono AR-8 of install restrefu, login, until 2100-01-01T00:00:00.000000Z'";
        assert_snapshot!(refusal(theirs).await, @"the role apono_restrefu_ar7_dana_ito does not belong to this request according to its comment, so it was not touched");
    })
    .await;
}

/// An application that was given somebody's lease, or a login, is nobody whose sessions we end by ourselves.
#[tokio::test]
async fn only_the_grantees_sessions_end_when_memberships_are_taken_off() {
    run_test("rest_off", async |ctx| {
        ctx.with_account("rest_off_dana").await;
        ctx.as_superuser("postgres", "CREATE ROLE rest_off_app LOGIN PASSWORD 'their-own'")
            .await;
        let granted = ctx.plan("restoffx", "rest_off_dana", 7, &["read"]);
        let until = in_seconds(600);
        ctx.postgres.grant(&granted, until).await.unwrap();
        let lease = "apono_restoffx_ar7_dana_ito";
        let mut apps = ctx.session_of("rest_off_app").await;
        let mut danas = ctx.session_of("rest_off_dana").await;
        let give = format!("SET ROLE rest_off_bot; GRANT {lease} TO rest_off_app");
        ctx.as_superuser("postgres", &give).await;
        ctx.postgres.take_off(&granted, Earlier::None).await.unwrap();
        assert!(is_intact(ctx, &granted, until, "restoffx").await);
        for session in [&mut apps, &mut danas] {
            run(session, "SELECT 1").await.unwrap();
        }
        // With a group of others the lease gave her more than was granted.
        let pull = format!("SET ROLE rest_off_bot; GRANT rest_off_write TO {lease}");
        ctx.as_superuser("postgres", &pull).await;
        ctx.postgres.take_off(&granted, Earlier::None).await.unwrap();
        assert_eq!(run(&mut danas, "SELECT 1").await.unwrap_err(), "57P01");
        run(&mut apps, "SELECT 1").await.unwrap();
        // A later try cannot know what an earlier one took.
        let mut danas = ctx.session_of("rest_off_dana").await;
        ctx.postgres.take_off(&granted, Earlier::Some).await.unwrap();
        assert_eq!(run(&mut danas, "SELECT 1").await.unwrap_err(), "57P01");
        run(&mut apps, "SELECT 1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nobodys_sessions_end_by_an_order_who_is_not_ours_to_disturb() {
    run_test("rest_order", async |ctx| {
        let granted = ctx.grant("restorde", "read").await;
        let refused = async |account: &str| match ctx.postgres.end_sessions_of(&granted, account).await {
            Err(IntegrationError::Refuse { said: why, .. }) => why,
            other => panic!("{account}: {other:?}"),
        };
        assert_snapshot!(refused("superuser").await, @"the role superuser is a superuser, so only a superuser can end its sessions: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = E'superuser'");
        assert_snapshot!(refused("rest_order_bot").await, @"the role rest_order_bot is the bot's own, and the bot needs its sessions to work");
        assert_eq!(ctx.postgres.end_sessions_of(&granted, "nobody's \"name\"").await, Ok(0));
    })
    .await;
}
