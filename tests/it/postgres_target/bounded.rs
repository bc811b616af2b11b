//! A bounded bot through the front door: what it gives, how that ends, what it leaves, and what `apono check --online` says of it.

use std::time::Duration;

use apono::clock::{Clock, SystemClock};
use apono::findings::Finding;
use apono::integrations::postgres::{AccountKind, Bounds, PASSWORD, TargetSetup, reap_sql};
use apono::integrations::{Integration, IntegrationError, KeepsState};
use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::context::{Context, in_seconds, run, run_bounded, run_test};

impl Context {
    async fn found(&self) -> String {
        let findings = self.postgres.check(SystemClock.now()).await.unwrap();
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        let version = self.ask("SELECT current_setting('server_version')").await;
        lines.join("\n").replace(&version, "[version]")
    }
}

#[tokio::test]
async fn a_bounded_bot_gives_extends_ends_and_drops() {
    run_bounded("bounded_life", async |ctx| {
        let granted = ctx.grant("boundedl", "read").await;
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "SELECT * FROM orders").await.unwrap();
        assert_eq!(
            run(&mut session, "DELETE FROM orders").await,
            Err("42501".to_owned())
        );
        let later = in_seconds(1200);
        let confirmed = ctx.postgres.grant(&granted, later).await.unwrap();
        assert_eq!(confirmed.target_deadline, Some(later));
        let too_late = ctx.postgres.grant(&granted, in_seconds(45_000)).await;
        assert!(
            matches!(too_late, Err(IntegrationError::Refuse { .. })),
            "{too_late:?}"
        );

        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_snapshot!(revoked.proof, @"login locked, 0 sessions");
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        assert!(
            ctx.postgres.grant(&granted, later).await.is_err(),
            "it is not revived"
        );
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"login dropped");
        assert!(!ctx.role_exists(&granted).await);
        assert_eq!(ctx.ask("SELECT count(*)::text FROM apono.made").await, "0");
    })
    .await;
}

#[tokio::test]
async fn what_a_login_made_stays_with_it_and_is_named() {
    run_bounded("bounded_left", async |ctx| {
        let granted = ctx.grant("boundedk", "write").await;
        let mut session = ctx.log_in(&granted).await;
        run(&mut session, "CREATE TABLE mine (x int)").await.unwrap();
        let by_hand = format!("GRANT SELECT ON orders TO {}", granted.principal);
        ctx.as_superuser("bounded_left", &by_hand).await;
        ctx.postgres.revoke(&granted).await.unwrap();
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        assert!(cleaned.kept);
        assert_snapshot!(cleaned.summary, @"the login stays, locked, because it owns 1 object in bounded_left, which a bounded bot does not touch; as a superuser: REASSIGN OWNED BY apono_boundedk_ar7_dana_ito, or DROP OWNED BY apono_boundedk_ar7_dana_ito");
        let comment = format!(
            "SELECT shobj_description('{}'::regrole, 'pg_authid')",
            granted.principal
        );
        assert_snapshot!(ctx.ask(&comment).await, @"apono AR-7 of install boundedk, login, revoked, owns 1 object in bounded_left");
        // What others gave it by hand only they take, or a superuser.
        ctx.as_superuser("bounded_left", "DROP TABLE mine").await;
        let refused = ctx.postgres.clean_up(&granted).await;
        assert!(matches!(refused, Err(IntegrationError::Refuse { .. })), "{refused:?}");
        let by_hand = format!("REVOKE SELECT ON orders FROM {}", granted.principal);
        ctx.as_superuser("bounded_left", &by_hand).await;
        let cleaned = ctx.postgres.clean_up(&granted).await.unwrap();
        assert!(!cleaned.kept);
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn the_reaping_sql_of_a_bounded_bot_uses_its_functions() {
    run_bounded("bounded_reap", async |ctx| {
        let granted = ctx.grant("boundedr", "read").await;
        let mut session = ctx.log_in(&granted).await;
        ctx.as_superuser(
            "postgres",
            &format!(
                "COMMENT ON ROLE {} IS 'apono AR-7 of install boundedr, login, until 2026-01-01T00:00:00.000000Z'",
                granted.principal
            ),
        )
        .await;
        let mut bot = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        run(&mut bot, &reap_sql(&[], true).unwrap()).await.unwrap();
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        let comment = format!("SELECT shobj_description('{}'::regrole, 'pg_authid')", granted.principal);
        assert_snapshot!(ctx.ask(&comment).await, @"apono AR-7 of install boundedr, login, revoked");
        assert_eq!(
            ctx.postgres.revoke(&granted).await.unwrap().proof,
            "login locked, 0 sessions"
        );
    })
    .await;
}

#[tokio::test]
async fn a_bot_that_can_do_more_or_less_than_a_bounded_one_is_told() {
    run_bounded("bounded_check", async |ctx| {
        ctx.settings.resources = Some(vec!["bounded_check".to_owned()]);
        ctx.reopen();
        ctx.as_superuser(
            "postgres",
            "REVOKE CONNECT ON DATABASE bounded_check FROM PUBLIC;
             GRANT CONNECT ON DATABASE bounded_check TO bounded_check_read, bounded_check_write",
        )
        .await;
        assert_snapshot!(ctx.found().await, @"ok       connected to PostgreSQL [version] as the role bounded_check_bot");
        ctx.as_superuser(
            "bounded_check",
            "ALTER ROLE bounded_check_bot CREATEROLE; GRANT pg_signal_backend TO bounded_check_bot;
             ALTER ROLE bounded_check_bot_owner LOGIN; REVOKE pg_signal_backend FROM bounded_check_bot_owner;
             DELETE FROM apono.groups WHERE name = 'bounded_check_write'",
        )
        .await;
        ctx.settings.longest = Some(std::time::Duration::from_hours(13));
        ctx.reopen();
        assert_snapshot!(ctx.found().await, @"
        ok       connected to PostgreSQL [version] as the role bounded_check_bot
        problem  the bot's role is not bounded: it has CREATEROLE, is a member of pg_signal_backend; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded`, which removes that
        problem  the role bounded_check_bot_owner, which owns the bot's functions, is not a member of pg_signal_backend, can log in; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded` again
        problem  the bot's functions refuse the longest access that the flows allow; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded` again
        problem  the bot cannot give the group role bounded_check_write: its functions do not allow it; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded`
        ");
        ctx.as_superuser(
            "bounded_check",
            "CREATE OR REPLACE FUNCTION apono.version() RETURNS int LANGUAGE sql AS 'SELECT 0'",
        )
        .await;
        assert_snapshot!(ctx.found().await, @"
        ok       connected to PostgreSQL [version] as the role bounded_check_bot
        problem  the bot's role is not bounded: it has CREATEROLE, is a member of pg_signal_backend; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded`, which removes that
        problem  the functions of the bounded role are version 0, but the bot needs 2; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded` again
        ");
        ctx.as_superuser("bounded_check", "DROP SCHEMA apono CASCADE").await;
        assert_snapshot!(ctx.found().await, @"
        ok       connected to PostgreSQL [version] as the role bounded_check_bot
        problem  the bot's role is not bounded: it has CREATEROLE, is a member of pg_signal_backend; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded`, which removes that
        problem  the bot cannot do anything here: there is no function apono.version() that it may call; fix: run the SQL of `apono integrations setup-sql bounded_check-db --bounded`
        ");
    })
    .await;
}

#[tokio::test]
async fn a_bounded_bot_whose_config_does_not_say_so_is_told() {
    run_bounded("bounded_unsaid", async |ctx| {
        ctx.settings.bounded = false;
        ctx.settings.resources = Some(vec!["bounded_unsaid".to_owned()]);
        ctx.reopen();
        let findings = ctx.found().await;
        assert!(findings.contains("problem  the bot's role is bounded, but the config does not say so; fix: add `bounded = true` to the integration"), "{findings}");
        assert!(!findings.contains("CREATEROLE"), "{findings}");
    })
    .await;
}

#[tokio::test]
async fn a_bot_becomes_bounded_by_the_sql_and_what_it_gave_before_is_told() {
    run_test("bounded_later", async |ctx| {
        ctx.settings.resources = Some(vec!["bounded_later".to_owned()]);
        ctx.reopen();
        let before = ctx.grant("boundedb", "read").await;
        let (_, password) = ctx
            .target
            .admin_url
            .expose_secret()
            .split_once("_bot:")
            .unwrap();
        let password = password.split_once('@').unwrap().0.to_owned();
        let set_up = |ctx: &Context| {
            let bounds = Bounds {
                longest: Duration::from_hours(1),
                install: None,
            };
            let sql = TargetSetup::of(&ctx.settings)
                .unwrap()
                .bounded_sql(&bounds)
                .unwrap();
            sql.replace(PASSWORD, &format!("'{password}'"))
        };
        ctx.as_superuser("bounded_later", &set_up(ctx)).await;
        ctx.settings.bounded = true;
        ctx.reopen();
        let told = ctx.found().await;
        let remedy = format!("the bot cannot end the access of {}: its functions did not create that role; fix: as a superuser, once it has expired: ", before.principal);
        let (_, statements) = told.split_once(&remedy).unwrap_or_else(|| panic!("{told}"));
        let statements = statements.lines().next().unwrap().to_owned();
        let error = ctx.postgres.revoke(&before).await.unwrap_err().to_string();
        let by_hand = format!("the bot's functions did not create {}; as a superuser: {statements}", before.principal);
        assert!(error.ends_with(&by_hand), "{error}");
        ctx.as_superuser("bounded_later", &statements).await;
        ctx.postgres.revoke(&before).await.unwrap();
        assert!(!ctx.found().await.contains(&before.principal));
        let as_before = "SELECT concat_ws(' ', rolcreaterole, rolsuper, rolcanlogin) FROM pg_roles WHERE rolname = 'bounded_later_bot'";
        assert_snapshot!(ctx.ask(as_before).await, @"f f t");

        let mut order = super::context::order("boundedb", &["bounded_later"], &["write"]);
        order.request = apono::access::ids::RequestNumber(8);
        let after = ctx.postgres.prepare(&order).unwrap();
        ctx.postgres.grant(&after, in_seconds(600)).await.unwrap();
        // Running it again does not affect live access.
        ctx.as_superuser("bounded_later", &set_up(ctx)).await;
        ctx.postgres.revoke(&after).await.unwrap();
        assert!(!ctx.postgres.clean_up(&after).await.unwrap().kept);
    })
    .await;
}

#[tokio::test]
async fn only_roles_of_the_install_are_made_where_it_is_known() {
    run_bounded("bounded_install", async |ctx| {
        let (_, password) = ctx.target.admin_url.expose_secret().split_once("_bot:").unwrap();
        let password = password.split_once('@').unwrap().0;
        let setup = TargetSetup {
            resources: Some(vec!["bounded_install".to_owned()]),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        let bounds = Bounds {
            longest: Duration::from_hours(1),
            install: Some(apono::access::ids::InstallId::new("boundedijklmnop")),
        };
        let sql = setup
            .bounded_sql(&bounds)
            .unwrap()
            .replace(PASSWORD, &format!("'{password}'"));
        ctx.as_superuser("bounded_install", &sql).await;
        let granted = ctx.prepare("boundedj", "read");
        let refused = ctx.postgres.grant(&granted, in_seconds(60)).await;
        assert!(
            matches!(refused, Err(IntegrationError::Refuse { .. })),
            "{refused:?}"
        );
        ctx.grant("boundedijklmnop", "read").await;
    })
    .await;
}

/// It gets nothing any more, and what it has can end.
#[tokio::test]
async fn an_account_that_the_config_names_no_more_loses_what_it_has_on_time() {
    run_bounded("bounded_gone", async |ctx| {
        ctx.settings.account = AccountKind::Personal {
            roles: vec!["bounded_gone_dana".to_owned()],
        };
        ctx.reopen();
        let granted = ctx.plan("boundedg", "bounded_gone_dana", 7, &["read"]);
        let granted = ctx.give(&granted).await;
        let mut session = ctx.session_of("bounded_gone_dana").await;
        let (_, password) = ctx.target.admin_url.expose_secret().split_once("_bot:").unwrap();
        let password = password.split_once('@').unwrap().0;
        let setup = TargetSetup {
            resources: Some(vec!["bounded_gone".to_owned()]),
            accounts: Vec::new(),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        let bounds = Bounds {
            longest: Duration::from_hours(12),
            install: None,
        };
        let sql = setup
            .bounded_sql(&bounds)
            .unwrap()
            .replace(PASSWORD, &format!("'{password}'"));
        ctx.as_superuser("bounded_gone", &sql).await;
        let again = ctx.plan("boundedg", "bounded_gone_dana", 8, &["read"]);
        let refused = ctx.postgres.grant(&again, in_seconds(60)).await;
        assert!(
            matches!(refused, Err(IntegrationError::Refuse { .. })),
            "{refused:?}"
        );
        ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}
