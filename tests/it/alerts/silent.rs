//! The note that Slack posts if the bot dies.

use std::time::Duration;

use slack_simulator::ApiCall;

use crate::support::bot::{Context, run_test};
use crate::support::plain::in_utc;

/// What Slack will post if it hears nothing.
fn notes(ctx: &Context) -> Vec<String> {
    let notes = ctx.simulator.scheduled_messages("C0AUDIT");
    notes.iter().map(|note| ctx.plain(&in_utc(note))).collect()
}

fn times_scheduled(ctx: &Context) -> usize {
    let is_one = |call: &ApiCall| call.method == "chat.scheduleMessage";
    ctx.simulator.calls().into_iter().filter(is_one).count()
}

/// Waits for the only note, with these words.
async fn until_note(ctx: &Context, words: &str) {
    ctx.until(words, async || {
        let notes = notes(ctx);
        notes.len() == 1 && notes[0].contains(words)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_posts_a_note_if_it_hears_nothing_and_only_then() {
    run_test(async |ctx| {
        let mut slack = ctx.door_to_slack().await;
        ctx.granted("2h").await;
        ctx.settle().await;
        for _ in 0..3 {
            let before = times_scheduled(ctx);
            ctx.clock.advance(Duration::from_mins(5));
            ctx.until("it is put off", async || times_scheduled(ctx) > before)
                .await;
            until_note(ctx, "Live at that time: AR-1").await;
        }
        let note = &notes(ctx)[0];
        let (said, mentions) = note.split_once(" (install ").unwrap();
        insta::assert_snapshot!(said, @"🔇 *SILENT* apono has been silent since [time]. Live at that time: AR-1, on orders-db. Start apono again, or run `apono reap --integration NAME` for each integration.");
        assert!(mentions.ends_with(") <@U0ADA>"), "{mentions}");
        slack.shut().await;
        ctx.simulator.disconnect_sockets("an outage");
        ctx.advance_slack(Duration::from_mins(31));
        ctx.until("Slack posts it", async || {
            ctx.audit_channel()
                .contains("*SILENT* apono has been silent since ")
        })
        .await;
        slack.open();
        // Whatever is scheduled has to lie ahead by Slack's clock too.
        ctx.clock.advance(Duration::from_mins(31));
        until_note(ctx, "Live at that time: AR-1").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_takes_the_note_back_unless_access_is_live() {
    run_test(async |ctx| {
        until_note(ctx, "No access was live then.").await;
        ctx.stop().await;
        assert_eq!(notes(ctx), [""; 0]);
        ctx.run().await;
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.stop().await;
        let left = notes(ctx);
        assert!(
            left.len() == 1 && left[0].contains("apono was stopped at "),
            "{left:?}"
        );
        ctx.run().await;
        until_note(ctx, "apono has been silent since ").await;
        assert!(!ctx.audit_channel().contains("SILENT"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_note_has_none() {
    run_test(async |ctx| {
        until_note(ctx, "No access was live then.").await;
        ctx.edit_config(|text| text + "\n[alerts]\nsilent_after = \"off\"\n");
        ctx.app().reload().await.unwrap();
        ctx.until("the note is taken back", async || notes(ctx).is_empty())
            .await;
    })
    .await;
}
