//! Turning us on others: a name, a comment or a membership that would have us end the sessions of somebody else.

use apono::access::ids::InstallId;
use apono::integrations::{Integration, KeepsState};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::grantee::{Grantee, ends_in_time, version};
use crate::postgres_target::context::{Context, run, run_alone, run_test};

/// An application of the server's, at work.
async fn application(ctx: &Context, name: &str) -> PgConnection {
    let make = format!("CREATE ROLE {name} LOGIN PASSWORD 'application'");
    ctx.as_superuser("postgres", &make).await;
    let url = ctx
        .server
        .url(name, &SecretString::from("application"), &ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// On 14 a login can give itself away; elsewhere somebody else does it.
#[tokio::test]
async fn an_application_that_was_made_a_member_of_a_login_keeps_its_sessions() {
    run_test("adv_give_away", async |ctx| {
        let mut app = application(ctx, "adv_give_away_app").await;
        let dana = Grantee::with_login(ctx, "advgivea", "read").await;
        let give = format!("GRANT {} TO adv_give_away_app", dana.user);
        let mut session = dana.session().await;
        if run(&mut session, &give).await.is_err() {
            ctx.as_superuser("postgres", &give).await;
        }
        let revoked = ends_in_time(ctx, &dana.granted).await;
        // From 16 on only the role that added it can remove it.
        let is_out = version(ctx).await < 160_000;
        let told = if is_out {
            "login locked, 0 sessions; other members removed, sessions left open: adv_give_away_app"
        } else {
            "login locked, 0 sessions; still members, which no longer gives them anything, and only a superuser can remove them: adv_give_away_app"
        };
        assert_eq!(revoked.proof, told);
        run(&mut app, "SELECT 1").await.unwrap();
        let members = format!("SELECT count(*)::text FROM pg_auth_members WHERE member = 'adv_give_away_app'::regrole AND roleid = '{}'::regrole", dana.user);
        assert_eq!(ctx.ask(&members).await == "0", is_out);
    })
    .await;
}

/// On 14 and 15 any role with `CREATEROLE` can create a role that looks like one of our leases, already expired.
#[tokio::test]
async fn a_forged_lease_with_the_application_in_it_costs_it_no_session() {
    run_alone("adv_forged", async |ctx| {
        let mut app = application(ctx, "adv_forged_app").await;
        ctx.with_account("adv_forged_dana").await;
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE apono_advforge_ar9_app NOLOGIN VALID UNTIL '2026-01-01 00:00:00Z' ROLE adv_forged_app IN ROLE adv_forged_read;
             COMMENT ON ROLE apono_advforge_ar9_app IS 'apono AR-9 of install advforge, lease, until 2026-01-01T00:00:00.000000Z'",
        )
        .await;
        let reap = ctx.postgres.reap().await.unwrap();
        let ours: Vec<_> = reap.ended.iter().filter(|reaped| reaped.request.0 == 9).collect();
        assert_eq!(ours.len(), 1);
        run(&mut app, "SELECT 1").await.unwrap();
        let found = ctx.postgres.inspect(&InstallId::new("advforge")).await.unwrap();
        // From 16 on it is not the bot's to touch.
        let is_ours = version(ctx).await < 160_000;
        for live in found {
            let end = ctx.postgres.revoke(&live.granted.unwrap()).await;
            assert_eq!(end.is_ok(), is_ours, "{end:?}");
        }
        run(&mut app, "SELECT 1").await.unwrap();
        let members = "SELECT count(*)::text FROM pg_auth_members WHERE member = 'adv_forged_app'::regrole";
        assert_eq!(ctx.ask(members).await == "0", is_ours, "what looks like access is taken");
        ctx.as_superuser("postgres", "DROP ROLE apono_advforge_ar9_app").await;
    })
    .await;
}

#[tokio::test]
async fn an_application_that_was_put_into_a_lease_keeps_its_sessions() {
    run_test("adv_pulled", async |ctx| {
        let mut app = application(ctx, "adv_pulled_app").await;
        let dana = Grantee::with_account(ctx, "advpulle", "read").await;
        ctx.as_superuser("postgres", "GRANT apono_advpulle_ar7_dana_ito TO adv_pulled_app")
            .await;
        let mut session = dana.session().await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        run(&mut app, "SELECT 1").await.unwrap();
    })
    .await;
}
