//! Sockets that are dropped, half-open, sent away, or not let in.

use std::time::Duration;

use slack_simulator::{ActError, CallMishap, SocketMishap, Trouble};

use super::{assert_one_life, whole_life};
use crate::support::bot::{Context, run_test};

/// Restarts the bot with sockets that lose patience soon.
async fn hasty(ctx: &mut Context) {
    ctx.stop_when_quiet().await;
    let sockets = &mut ctx.options.sockets;
    sockets.backoff_cap = Duration::from_millis(300);
    sockets.slow_retry = Duration::from_millis(300);
    sockets.retire_after = Duration::from_millis(500);
    sockets.ping_every = Duration::from_millis(100);
    sockets.idle_after = Duration::from_millis(600);
    sockets.connect_within = Duration::from_millis(500);
    ctx.run().await;
}

/// Waits until a command gets through again.
async fn until_heard(ctx: &Context) {
    ctx.until("the bot hears people again", async || {
        ctx.person("dana").command("/apono", "help").await.is_ok()
    })
    .await;
    ctx.simulator.wait_for_sockets(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_are_dropped_again_and_again_are_opened_again() {
    run_test(async |ctx| {
        for _ in 0..3 {
            ctx.simulator.drop_sockets();
            ctx.simulator.wait_for_sockets(2).await;
        }
        ctx.asked().await;
        ctx.simulator.drop_sockets();
        let clicked = async || ctx.person("omar").click("asks for read", "Approve").await;
        ctx.until("the click gets through", async || match clicked().await {
            Ok(()) => true,
            Err(ActError::NotConnected) => false,
            Err(other) => panic!("{other}"),
        })
        .await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_to_disconnect_is_survived() {
    run_test(async |ctx| {
        hasty(ctx).await;
        for reason in [
            "warning",
            "refresh_requested",
            "link_disabled",
            "too_many_websockets",
            "moon_phase",
        ] {
            ctx.simulator.disconnect_sockets(reason);
            until_heard(ctx).await;
        }
        whole_life(ctx).await;
        assert_one_life(ctx);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_sockets_are_noticed_and_replaced() {
    run_test(async |ctx| {
        hasty(ctx).await;
        ctx.asked().await;
        ctx.simulator.silence_sockets();
        let omar = ctx.person("omar");
        let lost = tokio::spawn(async move { omar.click("asks for read", "Approve").await });
        ctx.until("two more sockets are open", async || {
            ctx.simulator.open_sockets() == 4
        })
        .await;
        // Slack gives up the old ones later than the bot does.
        ctx.advance_slack(Duration::from_secs(30));
        assert_eq!(lost.await.unwrap(), Err(ActError::TimedOut));
        ctx.until("the old ones are gone", async || {
            ctx.simulator.open_sockets() == 2
        })
        .await;
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_are_not_let_in_are_tried_again() {
    run_test(async |ctx| {
        hasty(ctx).await;
        for mishap in [
            SocketMishap::TooManyWebsockets,
            SocketMishap::NoHello,
            SocketMishap::TicketRefused,
        ] {
            let trouble = ctx.simulator.sockets_meet(Trouble::everywhere(mishap).times(3));
            ctx.simulator.drop_sockets();
            trouble.wait_for(3).await;
            until_heard(ctx).await;
        }
        whole_life(ctx).await;
        assert_one_life(ctx);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_slack_does_not_give_is_asked_for_again() {
    run_test(async |ctx| {
        hasty(ctx).await;
        for mishap in [
            CallMishap::RateLimited { retry_after: Some(1) },
            CallMishap::Status(503),
            CallMishap::Error("internal_error".to_owned()),
            CallMishap::LostResponse,
            CallMishap::HtmlPage,
        ] {
            let trouble = Trouble::on("apps.connections.open", mishap).times(2);
            let trouble = ctx.simulator.calls_meet(trouble);
            ctx.simulator.drop_sockets();
            trouble.wait_for(2).await;
            until_heard(ctx).await;
        }
        whole_life(ctx).await;
        assert_one_life(ctx);
    })
    .await;
}
