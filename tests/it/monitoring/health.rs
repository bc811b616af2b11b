//! Whether the bot works, for orchestrators.

use std::time::Duration;

use insta::assert_snapshot;

use super::{of_bot, read, run};
use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_works_is_ready_and_one_without_a_socket_says_why_not() {
    run(async |ctx| {
        ctx.until("ready", async || of_bot(ctx, "/readyz").await.status == 200).await;
        assert_snapshot!(of_bot(ctx, "/readyz").await.text, @"ready");
        ctx.simulator.begin_outage();
        ctx.until("no socket", async || ctx.simulator.open_sockets() == 0).await;
        // A socket that was open lately may be on its way back.
        ctx.clock.advance(Duration::from_mins(2));
        ctx.until("no longer ready", async || of_bot(ctx, "/readyz").await.status == 503).await;
        assert_snapshot!(of_bot(ctx, "/readyz").await.text, @"there is no socket to Slack, so no clicks arrive");
        let alive = of_bot(ctx, "/healthz").await;
        assert_eq!((alive.status, alive.text.as_str()), (200, "ok\n"));
        ctx.simulator.end_outage();
        ctx.until("ready again", async || of_bot(ctx, "/readyz").await.status == 200).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_nothing_else_to_read_and_nothing_at_all_unless_the_config_says_so() {
    run(async |ctx| {
        for path in [
            "/",
            "/activity",
            "/sign-in",
            "/metrics/",
            "/healthz?verbose",
            "/readyz/x",
        ] {
            let answer = of_bot(ctx, path).await;
            let is_health = path.starts_with("/healthz");
            assert_eq!(answer.status, if is_health { 200 } else { 404 }, "{path}");
        }
    })
    .await;
    run_test(async |ctx| assert_eq!(ctx.app().metrics(), None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_is_closed_after_the_stop() {
    run(async |ctx| {
        let at = ctx.app().metrics().unwrap();
        ctx.stop().await;
        assert!(read(&format!("http://{at}/healthz")).await.is_none());
    })
    .await;
}
