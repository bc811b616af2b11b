//! Keeping the access: a password, a session or a name of theirs that would outlive the end.

use apono::integrations::{Earlier, Integration, IntegrationError, KeepsState, MakesCredentials};
use insta::assert_snapshot;
use sqlx::PgConnection;

use super::grantee::{Grantee, READ, ends_in_time, version};
use crate::postgres_target::context::{in_seconds, run, run_test};

#[tokio::test]
async fn a_password_that_a_login_gives_itself_ends_with_it() {
    run_test("adv_password", async |ctx| {
        let dana = Grantee::with_login(ctx, "advpassw", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "ALTER ROLE CURRENT_USER PASSWORD 'mine'")
            .await
            .unwrap();
        for more in [
            "VALID UNTIL 'infinity'",
            "CONNECTION LIMIT 100",
            "CREATEROLE",
            "SUPERUSER",
        ] {
            let change = format!("ALTER ROLE CURRENT_USER {more}");
            assert_eq!(run(&mut session, &change).await.unwrap_err(), "42501", "{more}");
        }
        ends_in_time(ctx, &dana.granted).await;
        let mine = secrecy::SecretString::from("mine");
        assert!(
            ctx.try_log_in(&dana.granted, &mine, "adv_password")
                .await
                .is_err()
        );
    })
    .await;
}

/// A server that authenticates by something else than a password never asks `VALID UNTIL`.
#[tokio::test]
async fn a_login_that_needs_no_password_is_locked_out_all_the_same() {
    run_test("adv_trust", async |ctx| {
        let dana = Grantee::with_login(ctx, "advtrust", "read").await;
        ends_in_time(ctx, &dana.granted).await;
        let locked = format!(
            "SELECT concat_ws(' ', rolcanlogin, rolconnlimit, rolvaliduntil, rolpassword IS NULL) FROM pg_authid WHERE rolname = '{}'",
            dana.user
        );
        assert_eq!(ctx.ask(&locked).await, "f 0 -infinity t");
    })
    .await;
}

#[tokio::test]
async fn a_grant_an_extension_or_a_connect_that_comes_late_opens_nothing_again() {
    run_test("adv_late", async |ctx| {
        let dana = Grantee::with_login(ctx, "advlatex", "read").await;
        ends_in_time(ctx, &dana.granted).await;
        for _ in 0..2 {
            let late = ctx.postgres.grant(&dana.granted, in_seconds(3600)).await;
            assert!(matches!(late, Err(IntegrationError::Refuse { .. })), "{late:?}");
            ctx.postgres.make(&dana.granted).await.unwrap_err();
            ctx.postgres
                .restore(&dana.granted, in_seconds(3600), Earlier::None)
                .await
                .unwrap_err();
        }
        assert!(!dana.can_read().await);
    })
    .await;
}

/// An extension that has the row and has not committed when the end begins.
#[tokio::test(flavor = "multi_thread")]
async fn an_extension_in_the_middle_of_the_end_opens_nothing_again() {
    run_test("adv_middle", async |ctx| {
        let dana = Grantee::with_login(ctx, "advmiddl", "read").await;
        for _ in 0..5 {
            let (extended, revoked) = tokio::join!(
                ctx.postgres.grant(&dana.granted, in_seconds(3600)),
                ctx.postgres.revoke(&dana.granted),
            );
            drop(extended);
            drop(revoked);
            ends_in_time(ctx, &dana.granted).await;
            assert!(!dana.can_read().await);
        }
    })
    .await;
}

#[tokio::test]
async fn from_16_on_no_member_becomes_the_group() {
    run_test("adv_set_role", async |ctx| {
        let dana = Grantee::with_login(ctx, "advsetro", "write").await;
        let mut session = dana.session().await;
        run(&mut session, "UPDATE orders SET cents = cents")
            .await
            .unwrap();
        let set = run(&mut session, "SET ROLE adv_set_role_write").await;
        let at_start = dana.try_session(&[("role", "adv_set_role_write")]).await;
        let can = version(ctx).await < 160_000;
        assert_eq!((set.is_ok(), at_start.is_ok()), (can, can));
    })
    .await;
}

#[tokio::test]
async fn from_16_on_no_account_becomes_its_lease_or_the_group() {
    run_test("adv_set_role_own", async |ctx| {
        let dana = Grantee::with_account(ctx, "advsetow", "write").await;
        let mut session = dana.session().await;
        run(&mut session, "UPDATE orders SET cents = cents")
            .await
            .unwrap();
        let can = version(ctx).await < 160_000;
        for role in ["adv_set_role_own_write", "apono_advsetow_ar7_dana_ito"] {
            let set = run(&mut session, &format!("SET ROLE {role}; RESET ROLE")).await;
            assert_eq!(set.is_ok(), can, "{role}");
        }
    })
    .await;
}

/// The bot may have lost the right to lock, and is then as good as the rights that are left.
#[tokio::test]
async fn sessions_end_though_the_bot_lost_the_right_to_lock() {
    run_test("adv_lost", async |ctx| {
        let dana = Grantee::with_login(ctx, "advlostx", "read").await;
        let mut session = dana.session().await;
        ctx.as_superuser("postgres", "ALTER ROLE adv_lost_bot NOCREATEROLE").await;
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err();
        assert_snapshot!(error, @r#"its sessions were told to terminate, but it cannot be locked: the bot's role adv_lost_bot lacks CREATEROLE; as a superuser: ALTER ROLE "adv_lost_bot" CREATEROLE"#);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        ctx.as_superuser("postgres", r#"ALTER ROLE "adv_lost_bot" CREATEROLE"#).await;
        ends_in_time(ctx, &dana.granted).await;
        assert!(!dana.can_read().await);
    })
    .await;
}

/// As after an upgrade from 15: who made a role has no `ADMIN OPTION` on it.
#[tokio::test]
async fn sessions_end_though_the_bot_cannot_administer_the_login() {
    run_test("adv_admin", async |ctx| {
        if version(ctx).await < 160_000 {
            return;
        }
        // A check looks into each database on offer, and the server has those of other tests too.
        ctx.settings.resources = Some(vec!["adv_admin".to_owned()]);
        ctx.reopen();
        let dana = Grantee::with_login(ctx, "advadmin", "read").await;
        let mut session = dana.session().await;
        let role = &dana.user;
        ctx.as_superuser("postgres", &format!("REVOKE {role} FROM adv_admin_bot CASCADE")).await;
        let findings = ctx.postgres.check(in_seconds(0)).await.unwrap();
        let named = findings.iter().any(|finding| finding.text.contains(role.as_str()));
        assert!(named, "{findings:?}");
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err();
        assert_snapshot!(error, @r#"its sessions were told to terminate, but it cannot be locked: the bot's role adv_admin_bot lacks ADMIN OPTION on apono_advadmin_ar7_dana_ito; as a superuser: GRANT "apono_advadmin_ar7_dana_ito" TO "adv_admin_bot" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"#);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        ctx.as_superuser(
            "postgres",
            r#"GRANT "apono_advadmin_ar7_dana_ito" TO "adv_admin_bot" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"#,
        )
        .await;
        ends_in_time(ctx, &dana.granted).await;
        assert!(!dana.can_read().await);
    })
    .await;
}

/// Names can be changed and taken by others; oids cannot.
#[tokio::test]
async fn the_login_is_locked_though_the_bot_may_end_no_sessions() {
    run_test("adv_no_signal", async |ctx| {
        let dana = Grantee::with_login(ctx, "advnosig", "read").await;
        let mut session = dana.session().await;
        ctx.as_superuser("postgres", "REVOKE pg_signal_backend FROM adv_no_signal_bot").await;
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err();
        assert_snapshot!(error, @"the bot's role may not end its sessions; as a superuser: GRANT pg_signal_backend to the bot's role");
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "42501", "the rights are gone");
        assert!(!dana.can_read().await, "the login is locked");
        ctx.as_superuser("postgres", "GRANT pg_signal_backend TO adv_no_signal_bot").await;
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test]
async fn a_login_that_was_renamed_ends_and_whoever_has_its_name_does_not() {
    run_test("adv_renamed", async |ctx| {
        let dana = Grantee::with_login(ctx, "advrenam", "read").await;
        let mut session = dana.session().await;
        let role = &dana.user;
        ctx.as_superuser(
            "postgres",
            &format!(
                "ALTER ROLE {role} RENAME TO adv_renamed_new; CREATE ROLE {role} LOGIN PASSWORD 'other'"
            ),
        )
        .await;
        let mut other: PgConnection = ctx
            .try_log_in(
                &dana.granted,
                &secrecy::SecretString::from("other"),
                "adv_renamed",
            )
            .await
            .unwrap();
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        run(&mut other, "SELECT 1").await.unwrap();
        let locked = ctx
            .ask("SELECT rolcanlogin::text FROM pg_roles WHERE rolname = 'adv_renamed_new'")
            .await;
        assert_eq!(locked, "false");
        let theirs = format!("CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO {role}");
        ctx.as_superuser("adv_renamed", &theirs).await;
        let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert_eq!(cleaned.summary, "login dropped");
        assert!(!ctx.has_role("adv_renamed_new").await);
        assert_eq!(
            ctx.ask("SELECT relowner::regrole::text FROM pg_class WHERE relname = 'theirs'")
                .await,
            *role
        );
    })
    .await;
}
