//! Access ends on time whatever else is gone: Slack, the target for a while, the flows, the integration's config.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use sea_orm::{ConnectionTrait, Statement};
use sqlx::Executor;
use tokio::sync::Mutex;

use crate::support::bot::{Context, run_test};

/// A config without its flows.
fn without_flows(text: &str) -> String {
    text[..text.find("[[flows]]").unwrap()].to_owned()
}

/// A config without its flows and its integrations.
fn without_integrations(text: &str) -> String {
    text[..text.find("[[integrations]]").unwrap()].to_owned()
}

/// How often the revoke was tried.
async fn tries(ctx: &Context) -> i64 {
    let raw = ctx.raw_database().await;
    let sql = "SELECT CAST(COALESCE(MAX(attempt), 0) AS BIGINT) FROM job WHERE kind = 'revoke'";
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    raw.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}

fn headline(ctx: &Context, word: &str) -> Option<String> {
    ctx.audit_channel()
        .lines()
        .find(|line| line.contains(word))
        .map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_dies_on_time_while_slack_is_down() {
    run_test(async |ctx| {
        let mut slack = ctx.door_to_slack().await;
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        let session = login.open().await.unwrap();
        ctx.settle().await;
        slack.shut().await;
        ctx.simulator.disconnect_sockets("an outage");
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until("nobody gets in", async || login.open().await.is_err())
            .await;
        let session = Mutex::new(session);
        ctx.until("the open session is gone", async || {
            session.lock().await.execute("SELECT 1").await.is_err()
        })
        .await;
        ctx.until("the end is read back", async || {
            let store = &ctx.app().core().store;
            let request = store.request_by_number(RequestNumber(1)).await.unwrap().unwrap();
            request.state == State::Expired
        })
        .await;
        assert!(headline(ctx, "*EXPIRED*").is_none(), "Slack is down");
        slack.open();
        // Retries to Slack wait by the bot's clock.
        ctx.clock.advance(Duration::from_mins(1));
        ctx.sees("dana", "Ended").await;
        ctx.settle().await;
        insta::assert_snapshot!(headline(ctx, "*EXPIRED*").unwrap(), @"🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), read on orders (orders-db)");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_down_at_the_end_is_tried_until_it_is_back() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        target.shut().await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Being revoked: its time is up").await;
        for attempts in 1..=3 {
            ctx.until("it was tried again", async || tries(ctx).await >= attempts)
                .await;
            ctx.clock.advance(Duration::from_mins(7));
        }
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        let expired = headline(ctx, "*EXPIRED*").unwrap();
        assert!(expired.contains("AR-1 22 min "), "{expired}");
        assert!(expired.contains(" late: "), "{expired}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_depend_on_the_flows() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        ctx.settle().await;
        ctx.stop().await;
        ctx.edit_config(|text| without_flows(&text));
        ctx.run().await;
        assert!(login.open().await.is_ok(), "what was granted stays so");
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_depend_on_the_integration_being_in_the_config() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        let mut session = login.open().await.unwrap();
        ctx.settle().await;
        ctx.stop().await;
        let before = std::fs::read_to_string(ctx.config_path()).unwrap();
        ctx.edit_config(|text| without_integrations(&text));
        ctx.start_app().await;
        ctx.simulator.wait_for_sockets(2).await;
        let alarm = ctx.sees("ada", "is no longer in the config").await;
        insta::assert_snapshot!(alarm.rendered, @r#"⚠️ Integration "orders-db" is no longer in the config but has live access (1); keep it with `retired = true` until that has ended. It still ends on time."#);
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());
        assert!(session.execute("SELECT 1").await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(headline(ctx, "*CLEANED UP*").unwrap(), @"🧹 *CLEANED UP* AR-1 login dropped on orders-db");
        ctx.edit_config(|_| before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_whose_time_ended_while_the_bot_was_down_ends_at_its_start() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        let mut session = login.open().await.unwrap();
        ctx.settle().await;
        ctx.stop().await;
        ctx.clock.advance(Duration::from_hours(3));
        ctx.run().await;
        ctx.sees("dana", "Ended").await;
        assert!(session.execute("SELECT 1").await.is_err());
        ctx.settle().await;
        assert!(headline(ctx, "*EXPIRED*").unwrap().contains("2 h 30 min"));
    })
    .await;
}
