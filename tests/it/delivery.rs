//! Cards and notices get to people once, whatever becomes of the message or of the answer to its post.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::store::{JobKind, JobSpec, Message, MessageState, ReadMessages, ReadPeople, Surface};
use slack_simulator::SeenMessage;

use crate::support::bot::{Context, run_test};

/// What the crash of a bot leaves that has sent a first post and not heard the answer.
async fn forget_the_answer(ctx: &Context, who: &str) {
    let person = ctx.person(who).id();
    let store = ctx.stopped_store().await;
    let request = store.request_by_number(RequestNumber(1)).await.unwrap().unwrap();
    let mut tx = store.write().await.unwrap();
    for message in tx.messages_of(&request.id).await.unwrap() {
        let known = tx
            .people_by_id(std::slice::from_ref(&message.person))
            .await
            .unwrap();
        if message.surface != Surface::ApproverCard || known[0].account.user != person {
            continue;
        }
        let sending = Message {
            ts: None,
            shown_version: None,
            state: MessageState::Sending,
            ..message
        };
        assert!(sending.first_attempt_at.is_some());
        tx.put_messages(&[sending]).await.unwrap();
        tx.schedule(&JobSpec::at(
            JobKind::Message,
            request.id.as_str(),
            request.created_at,
        ))
        .await
        .unwrap();
    }
    tx.seal(Vec::new()).await.unwrap();
    store.close().await.unwrap();
    // Slack has had the time that it may need to store a post.
    ctx.clock.advance(Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_deleted_is_posted_anew() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let lost = ctx.sees("omar", "asks for read").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.lose_message(&lost.channel, &lost.ts));
        ctx.approves("priya").await;
        let fresh = ctx.sees("omar", "Approved by Priya Shah").await;
        assert_ne!(fresh.ts, lost.ts);
        assert!(fresh.buttons.is_empty(), "it is decided");
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "asks for read").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_cannot_be_written_to_keeps_nobody_else_waiting() {
    run_test(async |ctx| {
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.approves("priya").await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        ctx.simulator.change_world(|world| world.reactivate("omar"));
        assert!(ctx.messages_to("omar", "").is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_post_had_no_answer_is_found_again_and_not_doubled() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let card = ctx.sees("omar", "asks for read").await;
        ctx.settle().await;
        ctx.stop().await;
        forget_the_answer(ctx, "omar").await;
        ctx.run().await;
        // The bot waits for an answer before it looks for the post.
        ctx.clock.advance(Duration::from_secs(11));
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "asks for read").len(), 1);
        ctx.person("omar")
            .click_message("@bot", &card.ts, "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_post_had_no_answer_and_is_not_there_is_posted_again() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let card = ctx.sees("omar", "asks for read").await;
        ctx.settle().await;
        ctx.stop().await;
        forget_the_answer(ctx, "omar").await;
        ctx.simulator
            .change_world(|world| world.lose_message(&card.channel, &card.ts));
        ctx.run().await;
        // The bot waits for an answer before it looks for the post.
        ctx.clock.advance(Duration::from_secs(11));
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "asks for read").len(), 1);
    })
    .await;
}

/// The answer to the post of the newest event was lost; the post itself was not.
const LAST_POST_UNANSWERED: &str = "UPDATE audit_post SET ts = NULL, posted_at = NULL
     WHERE seq = (SELECT MAX(before.seq) FROM audit_post before)";

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_the_audit_channel_that_had_no_answer_is_found_again_and_not_doubled() {
    run_test(async |ctx| {
        // The newest is first a post of its own, and then a reply in a thread.
        for _ in 0..2 {
            ctx.settle().await;
            let posts = ctx.simulator.channel_messages("permissions-audit").len();
            ctx.stop().await;
            assert_eq!(ctx.execute(LAST_POST_UNANSWERED).await, 1);
            ctx.clock.advance(Duration::from_secs(10));
            ctx.run().await;
            ctx.settle().await;
            // The two new ones are that it stopped and that it started.
            assert_eq!(
                ctx.simulator.channel_messages("permissions-audit").len(),
                posts + 2
            );
            ctx.asks("dana", "write", "10m", "hurry").await;
            ctx.sees("dana", "you have write").await;
        }
    })
    .await;
}

/// Stops the bot, and returns the post that says so. A stop does not wait long for that one, so that a busy machine may need several.
async fn stopped_and_told(ctx: &mut Context) -> SeenMessage {
    loop {
        ctx.settle().await;
        ctx.stop().await;
        let last = ctx.simulator.channel_messages("permissions-audit").pop().unwrap();
        if last.contains("*STOPPED*") {
            return last;
        }
        ctx.run().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_the_audit_channel_that_never_arrived_is_posted() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let last = stopped_and_told(ctx).await;
        ctx.simulator
            .change_world(|world| world.lose_message(&last.channel, &last.ts));
        assert_eq!(ctx.execute(LAST_POST_UNANSWERED).await, 1);
        ctx.clock.advance(Duration::from_secs(10));
        ctx.run().await;
        ctx.settle().await;
    })
    .await;
}
