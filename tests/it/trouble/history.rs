//! A post whose answer was lost, and a history in which it cannot be looked for.

use slack_simulator::{CallMishap, Trouble};

use super::{assert_no_doubles, in_a_hurry, whole_life};
use crate::support::bot::{Context, run_test};

/// The answer to the post of `word` in the audit channel is lost, and the history answers like this.
fn lose_and_forget(ctx: &Context, word: &str, mishap: &CallMishap, times: Option<u32>) {
    let lost = Trouble::on("chat.postMessage", CallMishap::LostResponse);
    ctx.simulator.calls_meet(lost.about(word).times(1));
    for method in ["conversations.history", "conversations.replies"] {
        let trouble = Trouble::on(method, mishap.clone());
        ctx.simulator.calls_meet(match times {
            Some(times) => trouble.times(times),
            None => trouble,
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_may_not_be_read_stops_nothing_and_the_admins_hear_of_it() {
    run_test(async |ctx| {
        ctx.settle().await;
        let forbidden = CallMishap::Error("missing_scope".to_owned());
        lose_and_forget(ctx, "GRANTED", &forbidden, None);
        in_a_hurry(ctx, whole_life(ctx)).await;
        insta::assert_snapshot!(ctx.reads("ada", "read back").await, @"⚠️ I cannot read back what I posted (conversations.replies: slack answered missing_scope), so a message whose answer was lost may appear twice. Give me the missing scope or channel membership.");
        assert_eq!(ctx.messages_to("ada", "read back").len(), 1, "said once");
        ctx.doubled_posts.push(6);
        assert_eq!(ctx.audit_channel().matches("*GRANTED*").count(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_cannot_be_read_for_a_while_is_waited_for() {
    run_test(async |ctx| {
        ctx.settle().await;
        lose_and_forget(ctx, "GRANTED", &CallMishap::Status(503), Some(3));
        in_a_hurry(ctx, whole_life(ctx)).await;
        assert_eq!(ctx.audit_channel().matches("*GRANTED*").count(), 1);
        assert_no_doubles(ctx);
    })
    .await;
}

/// Neither how much others wrote in the meantime, nor what they copied, makes a post appear twice or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_found_below_what_others_write_and_only_by_our_bot() {
    run_test(async |ctx| {
        ctx.settle().await;
        let lost = Trouble::on("chat.postMessage", CallMishap::LostResponse);
        ctx.simulator.calls_meet(lost.about("REQUESTED").times(1));
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.until("it was posted", async || {
            ctx.audit_channel().contains("*REQUESTED*")
        })
        .await;
        let posts = ctx.simulator.channel_messages("permissions-audit");
        let copied = posts.last().unwrap().metadata.clone().unwrap();
        ctx.others_write_in_the_channel().await;
        ctx.simulator
            .change_world(|world| world.post_with_metadata("ada", "permissions-audit", &copied));
        in_a_hurry(ctx, async {
            ctx.person("omar")
                .click("asks for read", "Approve")
                .await
                .unwrap();
            ctx.sees("dana", "you have read").await;
        })
        .await;
        assert_eq!(ctx.audit_channel().matches("*REQUESTED*").count(), 1);
        assert_no_doubles(ctx);
    })
    .await;
}
