//! The SQL that people are told to run, in a database that a grantee has prepared for it.

use apono::integrations::postgres::{PASSWORD, TargetSetup, reap_sql};
use apono::integrations::{Integration, KeepsState};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::grantee::{Grantee, READ};
use crate::postgres_target::context::{Context, PATIENCE, run, run_alone};

/// Functions with the same names as those the SQL calls, on the default search path: each records who it ran as.
const NAMESAKES: &str = "
    CREATE TABLE caught (who text); GRANT INSERT ON caught TO PUBLIC;
    CREATE FUNCTION public.format(text, text, text) RETURNS text LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.format($1, $2, $3); END';
    CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.format($1, $2, $3); END';
    CREATE FUNCTION public.format(text, name, text) RETURNS text LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.format($1, $2, $3); END';
    CREATE FUNCTION public.format(text, text, text, text) RETURNS text LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.format($1, $2, $3, $4); END';
    CREATE FUNCTION public.same(name, text) RETURNS bool LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN $1::text OPERATOR(pg_catalog.=) $2; END';
    CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
    CREATE FUNCTION public.replace(text, text, name) RETURNS text LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.caught VALUES (current_user); RETURN pg_catalog.replace($1, $2, $3::text); END'";

async fn superuser(ctx: &Context) -> PgConnection {
    let url = ctx.server.superuser_url(&ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

async fn plant(ctx: &Context, install: &str) {
    ctx.as_superuser(&ctx.target.database, "GRANT CREATE ON SCHEMA public TO PUBLIC")
        .await;
    let dana = Grantee::with_login(ctx, install, "write").await;
    let mut session = dana.session().await;
    run(&mut session, NAMESAKES).await.unwrap();
}

#[tokio::test]
async fn namesakes_of_the_servers_functions_are_not_called_by_the_reaping_sql() {
    run_alone("adv_reap_names", async |ctx| {
        plant(ctx, "advplant").await;
        ctx.as_superuser(
            "postgres",
            "ALTER ROLE apono_advplant_ar7_dana_ito VALID UNTIL '2026-01-01 00:00:00Z'",
        )
        .await;
        let mut superuser = superuser(ctx).await;
        run(&mut superuser, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert_eq!(
            ctx.ask("SELECT coalesce(string_agg(who, ' '), '') FROM caught")
                .await,
            ""
        );
        let locked = "SELECT rolcanlogin::text FROM pg_roles WHERE rolname = 'apono_advplant_ar7_dana_ito'";
        assert_eq!(ctx.ask(locked).await, "false");
    })
    .await;
}

#[tokio::test]
async fn namesakes_of_the_servers_functions_are_not_called_by_the_set_up_sql() {
    run_alone("adv_setup_names", async |ctx| {
        plant(ctx, "advsetup").await;
        let setup = TargetSetup::of(&ctx.settings).unwrap();
        let sql = setup.sql().unwrap().replace(PASSWORD, "'planted'");
        let mut superuser = superuser(ctx).await;
        run(&mut superuser, &sql).await.unwrap();
        assert_eq!(
            ctx.ask("SELECT coalesce(string_agg(who, ' '), '') FROM caught")
                .await,
            ""
        );
    })
    .await;
}

#[tokio::test]
async fn a_row_that_somebody_holds_keeps_no_role_after_it_from_the_reaping_sql() {
    run_alone("adv_reap_row", async |ctx| {
        let dana = Grantee::with_login(ctx, "advreapr", "read").await;
        let eve = Grantee::with_login(ctx, "advreaps", "read").await;
        for user in [&dana.user, &eve.user] {
            let past = format!("ALTER ROLE {user} VALID UNTIL '2026-01-01 00:00:00Z'");
            ctx.as_superuser("postgres", &past).await;
        }
        // A superuser's transaction cannot be ended by the bot; a login's own ends with its session.
        let mut holder = superuser(ctx).await;
        run(&mut holder, &format!("BEGIN; ALTER ROLE {} CONNECTION LIMIT 7", dana.user)).await.unwrap();
        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret()).await.unwrap();
        let reaping = run(&mut bot, &reap_sql(&[], false).unwrap()).await;
        assert_eq!(reaping, Ok(()));
        let open = "SELECT coalesce(string_agg(rolname, ' '), '') FROM pg_roles WHERE rolname ~ 'advreap' AND rolcanlogin";
        assert_eq!(ctx.ask(open).await, dana.user, "its row is held, and all others are locked");
        let rights = format!("SELECT count(*)::text FROM pg_auth_members WHERE member = '{}'::regrole", dana.user);
        assert_eq!(ctx.ask(&rights).await, "0", "the rights are gone even so");
        run(&mut holder, "ROLLBACK").await.unwrap();
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert_eq!(ctx.ask(open).await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logins_own_transaction_and_its_hidden_session_end_by_the_reaping_sql() {
    run_alone("adv_reap_hidden", async |ctx| {
        let dana = Grantee::with_login(ctx, "advreaph", "read").await;
        let mut session = dana.session().await;
        run(&mut session, "BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine'").await.unwrap();
        let options = dana.options(&[("post_auth_delay", "2000")]);
        let hidden = tokio::spawn(async move { PgConnection::connect_with(&options).await });
        super::hide::until_hidden(ctx, 1).await;
        // Its own transaction holds the row, so the time is put back by the comment alone.
        ctx.as_superuser(
            "postgres",
            "COMMENT ON ROLE apono_advreaph_ar7_dana_ito IS 'apono AR-7 of install advreaph, login, until 2026-01-01T00:00:00.000000Z'",
        )
        .await;
        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret()).await.unwrap();
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        let woken = tokio::time::timeout(PATIENCE, hidden).await.unwrap().unwrap();
        if let Ok(mut session) = woken {
            assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        }
        assert!(!dana.can_read().await);
    })
    .await;
}

#[tokio::test]
async fn a_forged_lease_costs_an_application_no_session_by_the_reaping_sql() {
    run_alone("adv_reap_forged", async |ctx| {
        ctx.as_superuser(
            "postgres",
            "CREATE ROLE adv_reap_forged_app LOGIN PASSWORD 'application';
             SET ROLE adv_reap_forged_bot;
             CREATE ROLE apono_advrforg_ar9_app NOLOGIN VALID UNTIL '2026-01-01 00:00:00Z' IN ROLE adv_reap_forged_read;
             GRANT apono_advrforg_ar9_app TO adv_reap_forged_app;
             COMMENT ON ROLE apono_advrforg_ar9_app IS 'apono AR-9 of install advrforg, lease, until 2026-01-01T00:00:00.000000Z'",
        )
        .await;
        let password = secrecy::SecretString::from("application");
        let url = ctx.server.url("adv_reap_forged_app", &password, "adv_reap_forged");
        let mut app = PgConnection::connect(url.expose_secret()).await.unwrap();
        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret()).await.unwrap();
        run(&mut bot, &reap_sql(&["adv_reap_forged_dana".to_owned()], false).unwrap()).await.unwrap();
        run(&mut app, "SELECT 1").await.unwrap();
        let members = "SELECT count(*)::text FROM pg_auth_members WHERE member = 'adv_reap_forged_app'::regrole";
        assert_eq!(ctx.ask(members).await, "0");
        assert_eq!(ctx.postgres.reap().await.unwrap().ended, []);
    })
    .await;
}

#[tokio::test]
async fn a_comment_that_names_no_time_keeps_no_role_from_the_reaping_sql() {
    run_alone("adv_reap_notime", async |ctx| {
        let dana = Grantee::with_login(ctx, "advreapt", "read").await;
        let eve = Grantee::with_login(ctx, "advreapu", "read").await;
        ctx.as_superuser(
            "postgres",
            &format!(
                "COMMENT ON ROLE {} IS 'apono AR-7 of install advreapt, login, until 9999-99-99T99:99:99.999999Z';
                 ALTER ROLE {} VALID UNTIL '2026-01-01 00:00:00Z'",
                dana.user, eve.user
            ),
        )
        .await;
        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert!(!eve.can_read().await);
        assert!(dana.can_read().await, "its deadline lies ahead, and its comment says nothing");
        let past = format!("ALTER ROLE {} VALID UNTIL '2026-01-01 00:00:00Z'", dana.user);
        ctx.as_superuser("postgres", &past).await;
        run(&mut bot, &reap_sql(&[], false).unwrap()).await.unwrap();
        assert!(!dana.can_read().await);
    })
    .await;
}

/// From 16 on, the grantor of a membership matters: a plain `REVOKE` by a superuser does not remove what the bot gave.
#[tokio::test]
async fn a_superuser_who_runs_the_reaping_sql_takes_what_the_bot_gave_and_leaves_what_the_bot_needs() {
    run_alone("adv_reap_super", async |ctx| {
        let dana = Grantee::with_login(ctx, "advreapv", "write").await;
        let past = format!("ALTER ROLE {} VALID UNTIL '2026-01-01 00:00:00Z'", dana.user);
        ctx.as_superuser("postgres", &past).await;
        let mut superuser = superuser(ctx).await;
        run(&mut superuser, &reap_sql(&[], false).unwrap()).await.unwrap();
        let rights = format!(
            "SELECT count(*)::text FROM pg_auth_members WHERE member = '{}'::regrole",
            dana.user
        );
        assert_eq!(ctx.ask(&rights).await, "0");
        assert_eq!(
            ctx.postgres.revoke(&dana.granted).await.unwrap().proof,
            "login locked, 0 sessions"
        );
        assert!(!ctx.postgres.clean_up(&dana.granted).await.unwrap().kept);
    })
    .await;
}
