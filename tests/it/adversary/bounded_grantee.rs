//! A grantee against a bounded bot, which ends access by its functions alone: the attacks of the other files whose end takes
//! another way there.

use apono::integrations::{Earlier, Integration, IntegrationError, KeepsState, Memberships};
use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::bounded::{NOT_ALLOWED, session_of};
use super::grantee::{Grantee, READ, ends_in_time, ends_on, version};
use super::hide::{hide, is_over, until_hidden};
use super::plant::allow_triggers;
use super::replicas::hold_the_replay;
use crate::postgres_target::context::{run, run_bounded, run_bounded_alone, until};
use crate::postgres_target::replicas::run_bounded_test;

#[tokio::test]
async fn a_login_on_the_target_reaches_none_of_it() {
    run_bounded("bnd_grantee", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndgrant", "write").await;
        let mut session = dana.session().await;
        for attack in [
            "SELECT apono.version()",
            "SELECT apono.give('bnd_grantee_read', current_user::text, true)",
            "SELECT apono.extend(current_user::text, now() + interval '1h', '')",
            "SELECT apono.end_session(1)",
            "SELECT * FROM apono.made",
            "SET ROLE bnd_grantee_bot_owner",
        ] {
            assert_eq!(
                run(&mut session, attack).await,
                Err(NOT_ALLOWED.to_owned()),
                "{attack}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_that_the_login_holds_holds_up_no_end() {
    run_bounded_alone("bnd_row", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndrowxx", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine'")
            .await
            .unwrap();
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        assert!(!dana.can_read().await);
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert!(!ctx.role_exists(&dana.granted).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_hides_in_its_start_ends_with_the_access() {
    run_bounded_alone("bnd_hidden", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndhidde", "write").await;
        let hidden = hide(&dana, &[]);
        until_hidden(ctx, 1).await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        is_over(hidden).await;
    })
    .await;
}

#[tokio::test]
async fn an_accounts_access_ends_and_its_session_with_it() {
    run_bounded("bnd_own", async |ctx| {
        ctx.settings.account = apono::integrations::postgres::AccountKind::Personal {
            roles: vec!["bnd_own_dana".to_owned()],
        };
        ctx.reopen();
        let granted = ctx.plan("bndownxx", "bnd_own_dana", 7, &["read"]);
        let granted = ctx.give(&granted).await;
        let mut session = ctx.session_of("bnd_own_dana").await;
        run(&mut session, "BEGIN; SELECT * FROM orders").await.unwrap();
        ends_in_time(ctx, &granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        let mut after = ctx.session_of("bnd_own_dana").await;
        assert_eq!(run(&mut after, READ).await.unwrap_err(), NOT_ALLOWED);
        ctx.postgres.clean_up(&granted).await.unwrap();
        until(
            ctx,
            "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname ~ '^apono_bndownxx_')",
        )
        .await;
    })
    .await;
}

/// Only its owner or a superuser can roll it back: the bot is neither.
#[tokio::test]
async fn a_prepared_transaction_keeps_no_access_and_is_named() {
    run_bounded_alone("bnd_prep", async |ctx| {
        for (install, holds) in [
            ("bndprepa", "LOCK TABLE orders IN SHARE MODE"),
            ("bndprepb", "ALTER ROLE CURRENT_USER PASSWORD 'mine'"),
        ] {
            let dana = Grantee::with_login(ctx, install, "write").await;
            let mut session = dana.session().await;
            run(&mut session, &format!("BEGIN; {holds}")).await.unwrap();
            run(&mut session, "PREPARE TRANSACTION 'mine'").await.unwrap();
            // One that holds the login's row keeps it unlocked, without rights.
            let holds_the_row = install == "bndprepb";
            let told = match ctx.postgres.revoke(&dana.granted).await {
                Ok(revoked) if !holds_the_row => revoked.proof,
                Err(IntegrationError::Retry { said: why, .. }) if holds_the_row => why,
                other => panic!("{other:?}"),
            };
            assert!(
                told.ends_with("as a superuser in the database bnd_prep: ROLLBACK PREPARED 'mine'"),
                "{told}"
            );
            assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
            if holds_the_row {
                let mut again = dana.session().await;
                assert_eq!(run(&mut again, READ).await.unwrap_err(), NOT_ALLOWED);
            } else {
                assert!(dana.try_session(&[]).await.is_err());
                let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
                assert!(
                    cleaned.kept && cleaned.summary.contains("1 prepared transaction"),
                    "{}",
                    cleaned.summary
                );
            }
            ctx.as_superuser("bnd_prep", "ROLLBACK PREPARED 'mine'").await;
            ends_in_time(ctx, &dana.granted).await;
            ctx.postgres.clean_up(&dana.granted).await.unwrap();
            assert!(!ctx.role_exists(&dana.granted).await);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stuck_in_code_is_never_reported_as_gone() {
    run_bounded_alone("bnd_stuck", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndstuck", "read").await;
        let stuck = super::hide::stick(ctx, &dana).await;
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err().to_string();
        assert!(
            error.ends_with("only a restart of the server ends them"),
            "{error}"
        );
        ends_in_time(ctx, &dana.granted).await;
        stuck.await.unwrap().unwrap_err();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_read_holds_up_no_end_on_a_replica() {
    run_bounded_test("bnd_replica", async |it| {
        let granted = it.grant("bndrepli", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        run(&mut session, &format!("BEGIN; {READ}")).await.unwrap();
        hold_the_replay(it, "bnd_replica").await;
        ends_on(&it.postgres, &granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
    })
    .await;
}

/// The functions remove the login from an account they know; from anybody else only the role that gave it can remove it.
#[tokio::test]
async fn a_login_that_is_given_to_others_gives_them_nothing() {
    run_bounded("bnd_give", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndgivex", "read").await;
        let give = format!("GRANT {} TO bnd_give_app", dana.user);
        let mut session = dana.session().await;
        if run(&mut session, &give).await.is_err() {
            ctx.as_superuser("postgres", &give).await;
        }
        let taken = ctx.postgres.take_off(&dana.granted, Earlier::None).await;
        let is_out = version(ctx).await < 160_000;
        assert_eq!(taken.is_ok(), is_out, "{taken:?}");
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(
            revoked
                .proof
                .contains("only a superuser can remove them: bnd_give_app"),
            !is_out,
            "{}",
            revoked.proof
        );
        let mut app = session_of(ctx, "bnd_give_app").await;
        assert_eq!(run(&mut app, READ).await.unwrap_err(), NOT_ALLOWED);
    })
    .await;
}

/// What it planted stays with it, named: the bot has no rights to touch it.
#[tokio::test]
async fn what_a_login_planted_is_named_with_what_to_do() {
    run_bounded("bnd_plant", async |ctx| {
        ctx.as_superuser("bnd_plant", "GRANT TRIGGER ON orders TO bnd_plant_write").await;
        allow_triggers(ctx);
        let dana = Grantee::with_login(ctx, "bndplant", "write").await;
        let mut session = dana.session().await;
        let plant = "CREATE FUNCTION grab() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE mine (id int);
                     CREATE TRIGGER grab BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION grab()";
        run(&mut session, plant).await.unwrap();
        ends_in_time(ctx, &dana.granted).await;
        let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert!(cleaned.kept);
        assert_snapshot!(cleaned.summary, @"the login stays, locked, because it owns 2 objects in bnd_plant, which a bounded bot does not touch; as a superuser: REASSIGN OWNED BY apono_bndplant_ar7_dana_ito, or DROP OWNED BY apono_bndplant_ar7_dana_ito; first, in the database bnd_plant: drop public.grab() (called by a trigger on public.orders as the role that writes there): DROP FUNCTION IF EXISTS public.grab() CASCADE");
        let may = format!("SELECT concat_ws(' ', rolcanlogin, (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)) FROM pg_roles r WHERE rolname = '{}'", dana.user);
        assert_eq!(ctx.ask(&may).await, "f 0");
    })
    .await;
}

/// Somebody with the bot's password, who may call the functions, prepares what holds the row.
#[tokio::test]
async fn what_a_thief_prepared_as_the_bot_is_rolled_back() {
    run_bounded_alone("bnd_thief", async |ctx| {
        let dana = Grantee::with_login(ctx, "bndthief", "read").await;
        let mut thief = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        run(
            &mut thief,
            &format!(
                "BEGIN; SELECT apono.touch('{}'); PREPARE TRANSACTION 'mine'",
                dana.user
            ),
        )
        .await
        .unwrap();
        drop(thief);
        ends_in_time(ctx, &dana.granted).await;
        assert!(!dana.can_read().await);
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
    })
    .await;
}
