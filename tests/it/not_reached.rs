//! An approver whom Slack does not let the bot message: the others are still asked, and the requester reads who was not
//! reached.

use std::time::Duration;

use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::{Context, run_test};

/// So long until somebody is written to again.
const AGAIN: Duration = Duration::from_secs(301);

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_cannot_be_written_to_is_named_and_the_others_stay_asked() {
    run_test(async |ctx| {
        out_of_reach(ctx, "U0OMAR", "cannot_dm_bot");
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("priya", "Dana Ito (dana@example.com) asks for read").await;
        ctx.sees("dana", "Slack does not deliver messages to Omar Khan").await;
        let card = ctx.reads("dana", "your request for read").await;
        insta::assert_snapshot!(card.lines().last().unwrap(), @"Waiting for an answer until [time]. Slack does not deliver messages to Omar Khan (omar@example.com), so only the others were asked.");
        insta::assert_snapshot!(ctx.audit_posts("NOT REACHED").await.join("\n\n"), @"
        📪 *NOT REACHED* AR-1 Omar Khan (omar@example.com) cannot be messaged: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Not reached: Omar Khan (omar@example.com, U0OMAR)
        Slack says: cannot_dm_bot
        Others who could answer: 1
        [Open]
        #5 · [head] · [time]
        ");
        assert_eq!(
            ctx.messages_to("ada", "Not reached").len(),
            0,
            "the others can answer"
        );

        // Retried in vain, also by another process: it is reported once.
        restarted(ctx).await;
        ctx.clock.advance(AGAIN);
        assert_eq!(ctx.audit_posts("NOT REACHED").await.len(), 1);
        assert!(
            ctx.reads("dana", "your request for read")
                .await
                .contains("Omar Khan")
        );

        ctx.simulator.end_troubles();
        ctx.clock.advance(AGAIN);
        ctx.person("omar")
            .wait_for("@bot", "Dana Ito (dana@example.com) asks for read")
            .await
            .unwrap();
        ctx.until("the card is well", async || {
            ctx.messages_to("dana", "Slack does not deliver messages").is_empty()
        })
        .await;
        ctx.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
        assert_eq!(ctx.messages_to("omar", "asks for read").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_reached_nobody_is_said_to_the_channel_and_the_admins_once() {
    run_test(async |ctx| {
        // One has no direct message, and the other's does not accept any.
        out_of_reach(ctx, "U0PRIYA", "user_disabled");
        let refused = CallMishap::Error("messages_tab_disabled".to_owned());
        ctx.simulator
            .calls_meet(Trouble::on("chat.postMessage", refused).about("\"D0OMAR\""));
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("dana", "Nobody has been asked yet").await;
        let card = ctx.reads("dana", "your request for read").await;
        insta::assert_snapshot!(card.lines().last().unwrap(), @"Waiting for an answer until [time]. Nobody has been asked yet: Slack does not deliver messages to Omar Khan (omar@example.com), Priya Shah (priya@example.com). The admins know about it, and I keep trying.");
        ctx.sees("ada", "Not reached").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.reads("ada", "Not reached").await, @"
        📪 *Not reached* AR-1: nobody could be asked about the request by Dana Ito (dana@example.com)
        Waiting for an answer until [time]. Nobody has been asked yet: Slack does not deliver messages to Omar Khan (omar@example.com), Priya Shah (priya@example.com). The admins know about it, and I keep trying.
        Its approvers are deactivated or do not accept messages from apps. Ask one of them to allow messages, or name an approver who accepts them. I try again every 5 minutes.
        ");
        // Whichever of the two was tried last.
        let said = alarm(ctx, "nobody else can answer");
        for words in ["*NOT REACHED* AR-1 ", "Others who could answer: 0", "For @Ada Lind"] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(
            ctx.audit_posts("NOT REACHED").await.len(),
            3,
            "two events, and the alarm"
        );

        restarted(ctx).await;
        ctx.clock.advance(AGAIN);
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("NOT REACHED").await.len(), 3);
        assert_eq!(ctx.messages_to("ada", "Not reached").len(), 1);

        ctx.simulator.end_troubles();
        ctx.clock.advance(AGAIN);
        ctx.person("priya")
            .wait_for("@bot", "Dana Ito (dana@example.com) asks for read")
            .await
            .unwrap();
        ctx.until_channel_says("NOT REACHED, NOW OVER").await;
        ctx.until("the card is well", async || {
            ctx.messages_to("dana", "Slack does not deliver messages").is_empty()
        })
        .await;
        insta::assert_snapshot!(alarm(ctx, "NOW OVER"), @"
        📬 *NOT REACHED, NOW OVER* AR-1 Dana Ito (dana@example.com), read on orders (orders-db)
        Waiting for an answer until [time].
        [Open]
        ");
        ctx.person("priya")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
        assert_eq!(ctx.messages_to("ada", "Not reached").len(), 1);
    })
    .await;
}

/// A person who can be messaged again is not told about requests that no longer need an answer.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_about_a_request_that_is_over() {
    run_test(async |ctx| {
        out_of_reach(ctx, "U0OMAR", "channel_not_found");
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("dana", "Slack does not deliver messages to Omar Khan")
            .await;
        ctx.person("priya")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
        ctx.simulator.end_troubles();
        ctx.clock.advance(AGAIN);
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "").len(), 0);
        assert_eq!(
            ctx.messages_to("dana", "Slack does not deliver messages").len(),
            0
        );
    })
    .await;
}

fn out_of_reach(ctx: &Context, user: &str, code: &str) {
    let refused = CallMishap::Error(code.to_owned());
    ctx.simulator
        .calls_meet(Trouble::on("conversations.open", refused).about(user));
}

async fn restarted(ctx: &mut Context) {
    ctx.quiet().await;
    ctx.stop().await;
    ctx.run().await;
    ctx.settle().await;
}

/// The alarm in the alerts channel with these words.
fn alarm(ctx: &Context, words: &str) -> String {
    let mut posts = ctx.simulator.channel_messages("permissions-audit");
    posts.retain(|post| crate::support::bot::is_alarm(post) && post.contains(words));
    ctx.plain(&posts.pop().unwrap().rendered)
}
