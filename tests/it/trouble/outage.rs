//! Slack is gone for an hour.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use slack_simulator::ActError;
use sqlx::Executor;
use tokio::sync::Mutex;

use super::{LIFE, assert_no_doubles, in_a_hurry};
use crate::support::bot::{Context, run_test};

async fn until_state(ctx: &Context, number: i64, wanted: State) {
    ctx.until("its state", async || {
        let store = &ctx.app().core().store;
        let request = store.request_by_number(RequestNumber(number)).await.unwrap();
        request.is_some_and(|request| request.state == wanted)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_slack_delays_no_end_and_loses_nothing() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        let session = Mutex::new(login.open().await.unwrap());
        // One is pending, and one was approved a moment before.
        ctx.asks("eve", "read", "1h", "a look").await;
        ctx.sees("omar", "Eve Moss (eve@example.com) asks").await;
        ctx.settle().await;
        let before = ctx.simulator.channel_messages("permissions-audit").len();
        ctx.simulator.begin_outage();
        let refused = ctx
            .person("omar")
            .click("Eve Moss (eve@example.com) asks", "Approve")
            .await;
        assert_eq!(refused, Err(ActError::NotConnected));

        ctx.clock.advance(Duration::from_mins(30));
        ctx.until("nobody gets in", async || login.open().await.is_err())
            .await;
        ctx.until("the open session is gone", async || {
            session.lock().await.execute("SELECT 1").await.is_err()
        })
        .await;
        until_state(ctx, 1, State::Expired).await;
        ctx.clock.advance(Duration::from_mins(30));
        assert_eq!(ctx.simulator.channel_messages("permissions-audit").len(), before);

        ctx.simulator.end_outage();
        in_a_hurry(ctx, async {
            ctx.simulator.wait_for_sockets(2).await;
            ctx.sees("dana", "Ended").await;
            ctx.person("omar")
                .click("Eve Moss (eve@example.com) asks", "Approve")
                .await
                .unwrap();
            ctx.sees("eve", "you have read").await;
            ctx.settle().await;
        })
        .await;
        let headlines = ctx.audit_channel();
        let words: Vec<&str> = headlines
            .lines()
            .filter(|line| line.contains("AR-1"))
            .map(|line| line.split('*').nth(1).unwrap())
            .collect();
        assert_eq!(words, LIFE, "{headlines}");
        assert!(headlines.contains("*EXPIRED* AR-1 on time"), "{headlines}");
        assert_no_doubles(ctx);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_starts_without_slack_ends_access_and_finds_slack_when_it_is_back() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        ctx.quiet().await;
        ctx.stop().await;
        ctx.simulator.begin_outage();
        ctx.clock.advance(Duration::from_mins(30));
        ctx.start_app().await;
        ctx.until("nobody gets in", async || login.open().await.is_err())
            .await;
        until_state(ctx, 1, State::Expired).await;
        ctx.simulator.end_outage();
        in_a_hurry(ctx, async {
            ctx.simulator.wait_for_sockets(2).await;
            ctx.sees("dana", "Ended").await;
            ctx.settle().await;
        })
        .await;
        assert_no_doubles(ctx);
    })
    .await;
}
