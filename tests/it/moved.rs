//! A database that is started with another Slack app or on another server: nothing happens until an operator accepts that.

use std::process::{Command, Output};
use std::time::Duration;

use apono::audit::restored::SlackApp;
use apono::store::Whereabouts;

use crate::support::backup::own_database;
use crate::support::bot::{Context, run_test};

fn app(bot: &str, team: &str) -> SlackApp {
    SlackApp {
        bot: bot.to_owned(),
        team: team.to_owned(),
    }
}

/// Has the stopped bot's database come from elsewhere.
async fn comes_from(ctx: &Context, change: impl FnOnce(Whereabouts) -> Whereabouts) {
    let store = ctx.stopped_store().await;
    let known = store.whereabouts().await.unwrap();
    assert_eq!(known.slack, Some(app("U0APONO", "T0EXAMPLE")));
    assert_eq!(known.server.is_some(), own_database(ctx).is_some());
    store.remember_whereabouts(&change(known)).await.unwrap();
    store.close().await.unwrap();
}

/// The bot is stopped, and has another token of its app the next time.
async fn stops_with_another_token(ctx: &mut Context) {
    ctx.quiet().await;
    ctx.stop().await;
    comes_from(ctx, |known| Whereabouts {
        token: Some("the former one".to_owned()),
        ..known
    })
    .await;
}

fn apono(ctx: &Context, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apono"))
        .args(arguments)
        .arg("--config")
        .arg(ctx.config_path())
        .output()
        .unwrap()
}

/// What the operator reads who starts it, which fails.
fn refused(ctx: &Context) -> String {
    let run = apono(ctx, &["run"]);
    assert!(!run.status.success());
    let said = String::from_utf8(run.stderr).unwrap();
    said.lines().last().unwrap().to_owned()
}

/// A copy in the hands of another Slack app would take from the targets whatever the original gave since.
#[tokio::test(flavor = "multi_thread")]
async fn with_another_slack_app_a_database_touches_nothing_until_that_is_accepted() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.quiet().await;
        ctx.stop().await;
        let posts = ctx.simulator.channel_messages("permissions-audit").len();
        comes_from(ctx, |known| Whereabouts {
            slack: Some(app("U0OTHER", "T0OTHER")),
            token: Some("of another".to_owned()),
            ..known
        })
        .await;
        let said = refused(ctx);
        assert!(
            said.ends_with(
                "the database was moved or copied: it belonged to the Slack app U0OTHER of the workspace T0OTHER before, and \
                 these tokens belong to the Slack app U0APONO of the workspace T0EXAMPLE. Nothing was touched. If this is the \
                 database to continue with, and no other apono uses the original, run: apono accept-restore --reason \"...\""
            ),
            "{said}"
        );
        assert_eq!(ctx.simulator.channel_messages("permissions-audit").len(), posts);

        let accepted = apono(ctx, &["accept-restore", "--reason", "the workspace was merged"]);
        assert!(accepted.status.success(), "{accepted:?}");
        let nothing = apono(ctx, &["accept-restore", "--reason", "once more"]);
        assert!(!nothing.status.success(), "{nothing:?}");
        ctx.run().await;
        ctx.until_channel_says("*MOVE ACCEPTED*").await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "AR-1 · Expired").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_token_of_the_same_app_is_no_other_place() {
    run_test(async |ctx| {
        stops_with_another_token(ctx).await;
        ctx.run().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_a_new_token_is_has_to_be_known_before_anything_is_touched() {
    run_test(async |ctx| {
        let mut slack = ctx.door_to_slack().await;
        stops_with_another_token(ctx).await;
        slack.shut().await;
        let said = refused(ctx);
        assert!(
            said.contains("Nothing was touched; start me again when Slack answers"),
            "{said}"
        );
        slack.open();
        ctx.run().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_another_server_a_database_touches_nothing_until_that_is_accepted() {
    run_test(async |ctx| {
        if own_database(ctx).is_none() {
            // A file is on no server.
            return;
        }
        ctx.quiet().await;
        ctx.stop().await;
        comes_from(ctx, |known| Whereabouts {
            server: Some("7000000000000000000".to_owned()),
            ..known
        })
        .await;
        let said = refused(ctx);
        assert!(
            said.contains("it was on another PostgreSQL server before"),
            "{said}"
        );
        assert!(
            apono(ctx, &["accept-restore", "--reason", "a new server"])
                .status
                .success()
        );
        ctx.run().await;
    })
    .await;
}
