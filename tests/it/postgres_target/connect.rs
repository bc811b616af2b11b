//! The credentials of a login.

use insta::assert_snapshot;
use secrecy::ExposeSecret;

use super::context::{field, in_seconds, password_of, run, run_test, sqlstate};
use apono::integrations::Integration;

#[tokio::test]
async fn connect_says_where_and_as_whom_and_how_long() {
    run_test("connect_says", async |ctx| {
        ctx.settings.connect_host = Some("db.example.com".to_owned());
        ctx.settings.connect_port = Some(6432);
        ctx.reopen();
        let granted = ctx.prepare("connectw", "read");
        let until = in_seconds(600);
        ctx.postgres.grant(&granted, until).await.unwrap();
        let details = ctx.connect(&granted).await.unwrap();
        let lines: Vec<String> = details
            .fields
            .iter()
            .map(|(name, value)| match *name {
                "Password" => format!("{name}: {} characters", value.expose_secret().len()),
                _ => format!("{name}: {}", value.expose_secret()),
            })
            .collect();
        assert_snapshot!(lines.join("\n"), @"
        Host: db.example.com
        Port: 6432
        Database: connect_says
        User: apono_connectw_ar7_dana_ito
        Password: 24 characters
        ");
        assert_snapshot!(details.command.expose_secret(), @r#"psql "host=db.example.com port=6432 dbname=connect_says user=apono_connectw_ar7_dana_ito""#);
        let note = details.note.replace(&until.to_string(), "[until]");
        assert_snapshot!(note, @"This password works until [until] and replaces any earlier one.");
    })
    .await;
}

#[tokio::test]
async fn a_second_connect_ends_the_first_password() {
    run_test("connect_twice", async |ctx| {
        let granted = ctx.grant("connectt", "read").await;
        let first = password_of(&ctx.connect(&granted).await.unwrap());
        let second = password_of(&ctx.connect(&granted).await.unwrap());
        let refused = ctx.try_log_in(&granted, &first, "connect_twice").await;
        assert_eq!(sqlstate(&refused.unwrap_err()), "28P01");
        let mut session = ctx.try_log_in(&granted, &second, "connect_twice").await.unwrap();
        run(&mut session, "SELECT * FROM orders").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_server_never_sees_the_password() {
    run_test("connect_log", async |ctx| {
        let granted = ctx.grant("connectl", "read").await;
        let details = ctx.connect(&granted).await.unwrap();
        ctx.try_log_in(&granted, &password_of(&details), "connect_log")
            .await
            .unwrap();
        let log = ctx.server.log().unwrap();
        assert!(log.contains(&format!("ALTER ROLE \"{}\" PASSWORD", granted.principal)));
        assert!(!log.contains(&field(&details, "Password")));
    })
    .await;
}

#[tokio::test]
async fn without_a_login_there_is_nothing_to_connect_with() {
    run_test("connect_none", async |ctx| {
        let granted = ctx.prepare("connectn", "read");
        assert_snapshot!(ctx.connect(&granted).await.unwrap_err(), @"this access does not exist on the server");
    })
    .await;
}
