//! Connect: credentials in a window, only for the grantee, and nowhere else.

use std::time::Duration;

use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::run_test;
use crate::support::steps::{forged_click, value_of};

#[tokio::test(flavor = "multi_thread")]
async fn connect_shows_new_credentials_each_time_and_the_former_stop_working() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let first = ctx.connect("dana").await;
        assert!(first.open().await.is_ok());
        let second = ctx.connect("dana").await;
        assert_ne!(first.password, second.password);
        assert!(first.open().await.is_err(), "the first password is dead");
        assert!(second.open().await.is_ok());
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 2);
        insta::assert_snapshot!(ctx.audit_posts("CREDENTIALS SHOWN").await[0], @"
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Target account: apono_[install]_ar1_dana_ito
        [Open]
        #7 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_shown_in_a_window_and_stand_nowhere_else() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let dana = ctx.person("dana");
        dana.click("AR-1 · Granted", "Connect").await.unwrap();
        let modal = ctx
            .eventually("credentials are shown", async || {
                dana.top_modal()
                    .filter(|modal| modal.rendered.contains("Password: "))
            })
            .await;
        let password = line_after(&modal.rendered, "Password: ");
        let port = line_after(&modal.rendered, "Port: ");
        let text = ctx.plain(
            &modal
                .rendered
                .replace(&password, "[password]")
                .replace(&port, "[port]"),
        );
        insta::assert_snapshot!(format!("{}\n\n{text}", modal.title), @r#"
        Connect · AR-1

        ```
        Host: 127.0.0.1
        Port: [port]
        Database: orders
        User: apono_[install]_ar1_dana_ito
        Password: [password]
        ```
        ```
        psql "host=127.0.0.1 port=[port] dbname=orders user=apono_[install]_ar1_dana_ito"
        ```
        This password works until [time] and replaces any earlier one.
        This is shown once and stored nowhere. Do not share it: anything done with it is done in your name.
        "#);
        assert_eq!(modal.submit, None);
        assert_eq!(modal.labels, [""; 0]);
        assert!(
            !modal.view.to_string().contains("\"button\""),
            "nothing in it can be clicked"
        );
        dana.close_modal().await.unwrap();
        ctx.settle().await;

        for call in ctx.simulator.calls() {
            let shown_to_dana = call.method.starts_with("views.");
            assert!(
                shown_to_dana || !call.arguments.to_string().contains(&password),
                "{}",
                call.method
            );
        }
        for envelope in ctx.simulator.envelopes() {
            assert!(!envelope.payload.to_string().contains(&password), "{envelope:?}");
            assert!(!format!("{:?}", envelope.ack).contains(&password), "{envelope:?}");
        }
        for file in std::fs::read_dir(ctx.folder.path()).unwrap() {
            let path = file.unwrap().path();
            let content = std::fs::read(&path).unwrap();
            let found = content
                .windows(password.len())
                .any(|piece| piece == password.as_bytes());
            assert!(!found, "the password stands in {}", path.display());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_connects_not_even_an_admin() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        let value = value_of(&card, "Connect");
        for who in ["eve", "ada", "gus"] {
            let person = ctx.person(who);
            person
                .raw_interaction(forged_click(&card, "connect", &value))
                .await
                .unwrap();
            let said = ctx
                .eventually("the window says no", async || {
                    let modal = person.top_modal()?;
                    modal.rendered.contains("you cannot").then_some(modal.rendered)
                })
                .await;
            insta::assert_snapshot!(said, @"This is somebody else's request, so you cannot do that.");
            person.close_modal().await.unwrap();
        }
        let refused = ctx.audit_posts("REFUSED").await;
        assert_eq!(refused.len(), 3);
        insta::assert_snapshot!(refused[0], @"
        ⛔ *REFUSED* click on AR-1 by Eve Moss (eve@example.com): This is somebody else's request, so you cannot do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Eve Moss (eve@example.com, U0EVE)
        Standing: member
        [Open]
        #7 · [head] · [time]
        ");
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_credentials_after_the_end() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let old = ctx.sees("dana", "AR-1 · Granted").await;
        ctx.clock.advance(Duration::from_hours(2));
        let card = ctx.sees("dana", "AR-1 · Expired").await;
        assert_eq!(card.buttons, ["Request again"]);
        let dana = ctx.person("dana");
        dana.stale_click(&old, "Connect").await.unwrap();
        let said = ctx
            .eventually("the window says no", async || {
                let modal = dana.top_modal()?;
                modal
                    .rendered
                    .contains("expired")
                    .then(|| ctx.plain(&modal.rendered))
            })
            .await;
        insta::assert_snapshot!(said, @"AR-1 expired at [time], so nothing was changed.");
        dana.close_modal().await.unwrap();
        let answer = ctx
            .answer_to("dana", async |dana| dana.stale_click(&old, "Revoke").await)
            .await;
        insta::assert_snapshot!(answer, @"AR-1 expired at [time], so nothing was changed.");
    })
    .await;
}

fn line_after(text: &str, label: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(label));
    found.unwrap_or_else(|| panic!("no {label} in {text}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_before_the_channel_was_compared_with_the_database() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.quiet().await;
        ctx.stop().await;
        ctx.simulator
            .calls_meet(Trouble::on("conversations.history", CallMishap::Status(503)));
        ctx.run().await;
        let dana = ctx.person("dana");
        dana.click("AR-1 · Granted", "Connect").await.unwrap();
        let window = ctx
            .eventually("why nothing is shown", async || {
                let window = dana.top_modal()?.rendered;
                window.contains("comparing").then_some(window)
            })
            .await;
        insta::assert_snapshot!(window, @"I have just started and am still comparing the audit channel with my database. Please try again in a minute.");
        dana.close_modal().await.unwrap();
        ctx.simulator.end_troubles();
        ctx.until("it was compared", async || {
            ctx.clock.advance(Duration::from_secs(1));
            ctx.audit_channel().matches("*STARTED*").count() == 2
        })
        .await;
        assert!(ctx.connect("dana").await.open().await.is_ok());
    })
    .await;
}
