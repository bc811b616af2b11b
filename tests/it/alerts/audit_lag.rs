//! An audit channel that is far behind: nothing is granted that nobody could see, and whatever is live ends on time.

use std::time::Duration;

use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::{Context, run_test};

/// Between two tries of granting what is held up.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Nothing can be posted to the audit channel, and an event has waited for longer than the limit.
async fn fall_behind(ctx: &Context) {
    ctx.settle().await;
    ctx.simulator
        .change_world(|world| world.archive("permissions-audit"));
    ctx.sees("ada", "The audit channel #permissions-audit is archived")
        .await;
    ctx.asks("dana", "read", "2h", "one that waits").await;
    ctx.clock.advance(Duration::from_mins(16));
}

/// Where a card says that its request stands.
fn standing(card: &str) -> &str {
    card.lines().next_back().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_granted_until_the_channel_has_caught_up_and_access_ends_all_the_same() {
    run_test(async |ctx| {
        ctx.asks("dana", "write", "20m", "before").await;
        ctx.sees("dana", "you have write").await;
        fall_behind(ctx).await;
        let told = ctx.sees("ada", "I grant nothing").await;
        insta::assert_snapshot!(told.rendered, @"⚠️ The audit channel is more than 15 min behind, so I grant nothing until it has caught up. Live access ends on time.");

        ctx.asks("dana", "write", "1h", "meanwhile").await;
        ctx.sees("dana", "AR-3 · Approved").await;
        insta::assert_snapshot!(standing(&ctx.reads("dana", "AR-3 · Approved").await), @r#"Approved automatically by "Write at once". The audit channel is not getting its messages, so setup is paused. If that lasts too long, the request fails."#);
        ctx.clock.advance(Duration::from_mins(4));
        ctx.sees("dana", "AR-1 · Expired").await;
        assert!(ctx.messages_to("dana", "AR-3: you have").is_empty());

        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
        ctx.until_tried_again(LONGEST_PAUSE, "AR-3 is granted", async || {
            !ctx.messages_to("dana", "AR-3: you have write").is_empty()
        })
        .await;
        assert_eq!(ctx.messages_to("ada", "I grant nothing").len(), 1);
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_too_long_fails_and_says_why() {
    run_test(async |ctx| {
        fall_behind(ctx).await;
        ctx.asks("dana", "write", "1h", "meanwhile").await;
        ctx.sees("dana", "AR-2 · Approved").await;
        ctx.until_tried_again(Duration::from_mins(16), "AR-2 has failed", async || {
            ctx.state_of(2).await == "Failed"
        })
        .await;
        insta::assert_snapshot!(standing(&ctx.reads("dana", "AR-2 · Failed").await), @r#"Approved automatically by "Write at once". It could not be granted: the audit channel did not get its messages in time; the target was not touched."#);
        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_has_not_read_the_channel_yet_is_not_said_to_be_behind() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.stop().await;
        ctx.simulator
            .calls_meet(Trouble::on("conversations.history", CallMishap::Status(503)));
        ctx.run().await;
        ctx.approves("omar").await;
        insta::assert_snapshot!(standing(&ctx.reads("dana", "AR-1 · Approved").await), @"Approved by Omar Khan (omar@example.com), group:sre. The access is being set up.");
        ctx.simulator.end_troubles();
        // The channel is read in real time; granting is not retried forever in the meantime.
        ctx.settle().await;
        ctx.until_tried_again(Duration::from_secs(1), "it is granted", async || {
            !ctx.messages_to("dana", "AR-1: you have read").is_empty()
        })
        .await;
    })
    .await;
}
