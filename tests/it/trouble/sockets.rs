//! Sockets that are dropped, half-open, sent away, or not let in.

use std::time::Duration;

use apono::slack::socket::SocketSettings;
use slack_simulator::{ActError, ApiCall, CallMishap, SocketMishap, Trouble};

use super::{assert_one_life, whole_life};
use crate::support::bot::{Context, run_test};

/// How long Slack keeps a socket that it warned.
const GRACE: Duration = Duration::from_secs(10);

/// Restarts the bot with sockets that soon try again. They are as patient as ever with what is there: on a busy machine all of
/// it takes long.
async fn hasty(ctx: &mut Context) {
    hasty_and(ctx, |_| ()).await;
}

/// The same with what a test changes beside that.
async fn hasty_and(ctx: &mut Context, change: impl FnOnce(&mut SocketSettings)) {
    ctx.stop_when_quiet().await;
    let sockets = &mut ctx.options.sockets;
    sockets.backoff_cap = Duration::from_millis(300);
    sockets.slow_retry = Duration::from_millis(300);
    change(sockets);
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

/// How often Slack was asked for the address of a new socket, and gave it.
fn addresses(ctx: &Context) -> usize {
    let is_one = |call: &&ApiCall| call.method == "apps.connections.open" && call.ok;
    ctx.simulator.calls().iter().filter(is_one).count()
}

/// The two sockets by which commands arrive, once there are no others and none of these is among `former`.
async fn serving(ctx: &Context, former: &[u64]) -> Vec<u64> {
    ctx.eventually("two other sockets serve", async || {
        let mut by = Vec::new();
        for _ in 0..2 {
            ctx.person("dana").command("/apono", "help").await.ok()?;
            let envelopes = ctx.simulator.envelopes();
            let command = envelopes.iter().rfind(|sent| sent.kind == "slash_commands");
            by.push(command?.socket);
        }
        let are_others = by[0] != by[1] && !by.iter().any(|number| former.contains(number));
        (are_others && ctx.simulator.open_sockets() == 2).then_some(by)
    })
    .await
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
        let mut sockets = serving(ctx, &[]).await;
        for (reason, are_kept) in [
            ("warning", true),
            ("refresh_requested", true),
            ("link_disabled", false),
            ("too_many_websockets", false),
            ("moon_phase", false),
        ] {
            let before = addresses(ctx);
            ctx.simulator.disconnect_sockets(reason);
            if are_kept {
                // Nobody is left without a socket until Slack closes those that it warned.
                ctx.simulator.wait_for_sockets(4).await;
                ctx.says("dana", "help").await;
                ctx.quiet().await;
                ctx.advance_slack(GRACE);
            }
            // What is sent to a socket that is being closed is lost, so nobody acts until others are there.
            ctx.until("two others were opened", async || {
                addresses(ctx) >= before + 2 && ctx.simulator.open_sockets() == 2
            })
            .await;
            sockets = serving(ctx, &sockets).await;
        }
        whole_life(ctx).await;
        assert_one_life(ctx);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_sockets_are_noticed_and_replaced() {
    run_test(async |ctx| {
        hasty_and(ctx, |sockets| {
            sockets.ping_every = Duration::from_millis(300);
            sockets.idle_after = Duration::from_secs(3);
        })
        .await;
        ctx.asked().await;
        ctx.simulator.silence_sockets();
        let omar = ctx.person("omar");
        let lost = tokio::spawn(async move { omar.click("asks for read", "Approve").await });
        ctx.until("two more sockets are open", async || {
            ctx.simulator.open_sockets() >= 4
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
        hasty_and(ctx, |sockets| sockets.connect_within = Duration::from_secs(1)).await;
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
