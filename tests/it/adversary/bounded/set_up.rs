//! Attacks on the set-up: odd names, and what somebody prepared for it.

use apono::integrations::postgres::{Bounds, PASSWORD as PLACE_OF_PASSWORD, Permission, TargetSetup};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{Thief, note};
use crate::postgres_target::context::{Context, run_bounded};

fn password(ctx: &Context) -> String {
    let url = ctx.target.admin_url.expose_secret();
    let (_, rest) = url.split_once("_bot:").unwrap();
    rest.split_once('@').unwrap().0.to_owned()
}

async fn set_up(ctx: &Context, setup: &TargetSetup, quoted_password: &str) -> Result<(), sqlx::Error> {
    let bounds = Bounds {
        longest: std::time::Duration::from_hours(2),
        install: None,
    };
    let sql = setup
        .bounded_sql(&bounds)
        .unwrap()
        .replace(PLACE_OF_PASSWORD, quoted_password);
    let url = ctx.server.superuser_url(&setup.home);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut superuser)
        .await
        .map(drop)
}

#[tokio::test]
async fn names_with_quotes_are_names() {
    run_bounded("bnd_names", async |ctx| {
        let group = r#"Odd "group"; DROP TABLE customers; -- '$x$ \"#;
        let identifier = format!("\"{}\"", group.replace('"', "\"\""));
        let account = "d'ana \"x\"";
        let create = format!("CREATE ROLE {identifier}; CREATE ROLE \"d'ana \"\"x\"\"\" LOGIN");
        ctx.as_superuser("postgres", &create).await;
        let setup = TargetSetup {
            permissions: vec![Permission::of("odd", group)],
            accounts: vec![account.to_owned()],
            resources: Some(vec!["bnd_names".to_owned()]),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        set_up(ctx, &setup, &format!("'{}'", password(ctx)))
            .await
            .unwrap();
        let mut thief = Thief::of(ctx, "bndnames").await;
        let (login, lease) = (thief.makes(7, true).await, thief.makes(8, false).await);
        let text = |name: &str| format!("E'{}'", name.replace('\\', "\\\\").replace('\'', "''"));
        for role in [&login, &lease] {
            thief
                .does(&format!("SELECT apono.give({}, '{role}', false)", text(group)))
                .await;
        }
        thief
            .does(&format!("SELECT apono.join('{lease}', {})", text(account)))
            .await;
        let ours = note("bndnames", 7, "login");
        let forged = text(&format!("{login}\" SUPERUSER; --"));
        thief
            .may_not(&[
                &format!(
                    "SELECT apono.give({}, '{login}', false)",
                    text("odd\", superuser TO x; --")
                ),
                &format!("SELECT apono.make({forged}, now(), true, '{ours}')"),
            ])
            .await;
        thief
            .does(&format!("SELECT apono.take({}, '{login}')", text(group)))
            .await;
        thief
            .does(&format!("SELECT apono.part('{lease}', {})", text(account)))
            .await;
        let missing = thief
            .tries(&format!(
                "SELECT apono.touch({})",
                text("x\"; DROP ROLE bnd_names_app")
            ))
            .await;
        assert_eq!(missing, Err("42704".to_owned()));
        assert_eq!(ctx.ask("SELECT count(*)::text FROM customers").await, "3");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_prepared_for_the_set_up_is_not_taken_over() {
    run_bounded("bnd_planted", async |ctx| {
        let of = |role: &str| TargetSetup {
            role: role.to_owned(),
            resources: Some(vec!["bnd_planted".to_owned()]),
            ..TargetSetup::of(&ctx.settings).unwrap()
        };
        let why = async |setup: TargetSetup| set_up(ctx, &setup, "'x'").await.unwrap_err().to_string();
        // Another bot's functions stand there.
        let error = why(of("bnd_planted_other")).await;
        assert!(error.contains("the schema apono already exists and belongs to bnd_planted_bot_owner"), "{error}");
        // A role of the owner's name that somebody can become.
        ctx.as_superuser("bnd_planted", "DROP SCHEMA apono CASCADE; CREATE ROLE bnd_planted_next_owner; GRANT bnd_planted_next_owner TO bnd_planted_app").await;
        let error = why(of("bnd_planted_next")).await;
        assert!(error.contains("the role bnd_planted_next_owner has members: bnd_planted_app"), "{error}");
        // A schema of that name, with functions of that name.
        ctx.as_superuser(
            "bnd_planted",
            "REVOKE bnd_planted_next_owner FROM bnd_planted_app; CREATE SCHEMA apono AUTHORIZATION bnd_planted_app;
             CREATE FUNCTION apono.touch(role text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT'",
        )
        .await;
        let error = why(of("bnd_planted_next")).await;
        assert!(error.contains("the schema apono already exists and belongs to bnd_planted_app"), "{error}");
        // In another database than the bot's.
        let elsewhere = TargetSetup { home: "postgres".to_owned(), ..of("bnd_planted_next") };
        let sql_there = elsewhere.bounded_sql(&Bounds { longest: std::time::Duration::from_hours(1), install: None }).unwrap().replace(PLACE_OF_PASSWORD, "'x'");
        let url = ctx.server.superuser_url("bnd_planted");
        let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
        let error = sqlx::raw_sql(AssertSqlSafe(sql_there)).execute(&mut superuser).await.unwrap_err().to_string();
        assert!(error.contains("run this in the database that the bot connects to: postgres"), "{error}");
        let made = "SELECT count(*)::text FROM pg_roles WHERE rolname = 'bnd_planted_next'";
        assert_eq!(ctx.ask(made).await, "0", "nothing of it stays");
    })
    .await;
}
