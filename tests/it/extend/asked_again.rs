//! Extensions that an approver has to approve, and never the requester.

use std::time::Duration;

use super::{ends, run_asked_for_more, run_extendable};
use crate::support::steps::{forged_click, value_of};

#[tokio::test(flavor = "multi_thread")]
async fn where_approvers_are_asked_again_the_end_moves_when_one_agrees() {
    run_asked_for_more(async |ctx, [omars, _]| {
        insta::assert_snapshot!(ctx.plain(&omars.rendered), @r#"
        📝 *AR-1 · Extension requested* Dana Ito (dana@example.com) asks to extend read on orders (orders-db) by 1 h
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Originally requested: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        Approving keeps group role orders_read until [time], instead of [time].
        Other live access at [time]: none.
        Latest requests for the same: none.
        From: @Dana Ito. Also asked: @Priya Shah
        [Approve] [Reject]
        Waiting for an answer. The access ends at [time], or at [time] if the extension is approved.
        "#);
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await.lines().rev().nth(1).unwrap(), @"Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h). An extension of 1 h is waiting for an answer.");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"An extension is already waiting for an answer.");
        let (before, _) = ends(ctx).await;
        ctx.clicks("omar", "Extension requested", "Approve").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Extended*").await, @"
        ⏱️ *Extended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. The target confirmed the new end: [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        insta::assert_snapshot!(ctx.reads("priya", "AR-1 · Extended").await, @r#"
        ⏱️ *AR-1 · Extended* Dana Ito (dana@example.com) asks to extend read on orders (orders-db) by 1 h
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Originally requested: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        Approved by Omar Khan (omar@example.com), group:sre. The target confirmed the new end: [time].
        "#);
        let late = ctx.answer_to_stale_click("omar", &omars, "Approve").await;
        insta::assert_snapshot!(late, @"AR-1: you approved the extension at [time]. Nothing was changed.");
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION ASKED").await.join("\n\n"), @"
        📝 *EXTENSION ASKED* AR-1 by Dana Ito (dana@example.com), 1 h more: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Would end: [time]
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > the dump is slow
        [Open]
        #7 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.audit_posts("EXTENDED").await.join("\n\n"), @"
        ⏱️ *EXTENDED* AR-1 by Omar Khan (omar@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 3 h
        Added: 1 h
        Until: [time]
        Asked by: Dana Ito
        Decided as: group:sre
        [Open]
        #8 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_extension_leaves_the_end_where_it_was() {
    run_asked_for_more(async |ctx, _| {
        let before = ends(ctx).await;
        let omar = ctx.person("omar");
        omar.click("Extension requested", "Reject").await.unwrap();
        insta::assert_snapshot!(ctx.plain(&omar.modal().await.unwrap().rendered), @"
        Dana Ito (dana@example.com) asks to extend read on orders (orders-db) by 1 h.
        Reason (optional): ____
          Shown to the requester and in the audit channel.
        ");
        ctx.gives_reason("omar", "two hours are enough").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Not extended*").await, @"
        ❌ *Not extended* AR-1: read on orders (orders-db)
        Rejected by Omar Khan (omar@example.com), group:sre: two hours are enough. It ends at [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        assert_eq!(ends(ctx).await, before);
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION REJECTED").await.join("\n\n"), @"
        ❌ *EXTENSION REJECTED* AR-1 by Omar Khan (omar@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Omar wrote:
        > two hours are enough
        [Open]
        #8 · [head] · [time]
        ");
        ctx.says("dana", "extend AR-1 30m").await;
        ctx.until("Omar has a second card", async || {
            ctx.messages_to("omar", "by 30 min").len() == 1
        })
        .await;
        assert_eq!(ctx.messages_to("omar", "Extension rejected").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_that_nobody_answers_lapses_and_the_access_ends_on_time() {
    run_asked_for_more(async |ctx, [omars, _]| {
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "*Ended*").await;
        insta::assert_snapshot!(ctx.reads("omar", "Extension lapsed").await, @r#"
        ⌛ *AR-1 · Extension lapsed* Dana Ito (dana@example.com) asks to extend read on orders (orders-db) by 1 h
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Originally requested: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        The access ended before anybody answered.
        "#);
        let late = ctx.answer_to_stale_click("omar", &omars, "Approve").await;
        assert!(late.ends_with("so nothing was changed."), "{late}");
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("EXTENSION LAPSED").await.len(), 1);
        assert_eq!(ctx.audit_posts("EXPIRED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_more_time_does_not_decide_it() {
    run_asked_for_more(async |ctx, [omars, _]| {
        let before = ends(ctx).await;
        let forged = forged_click(&omars, "extend_approve", &value_of(&omars, "Approve"));
        for who in ["dana", "eve"] {
            let answer = ctx.answer_to_forged(who, forged.clone()).await;
            if who == "dana" {
                insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
            } else {
                insta::assert_snapshot!(answer, @"You are not an approver of this request, so nothing was changed.");
            }
        }
        assert_eq!(ends(ctx).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvers_at_once_extend_it_once() {
    run_asked_for_more(async |ctx, [omars, priyas]| {
        let (before, _) = ends(ctx).await;
        let (omar, priya) = (ctx.person("omar"), ctx.person("priya"));
        let clicks = tokio::join!(
            omar.stale_click(&omars, "Approve"),
            priya.stale_click(&priyas, "Approve"),
            omar.stale_click(&omars, "Approve")
        );
        assert!(matches!(clicks, (Ok(()), Ok(()), Ok(()))));
        ctx.sees("dana", "*Extended*").await;
        ctx.settle().await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        assert_eq!(ctx.audit_posts("EXTENDED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_ends_what_waits_for_an_answer_and_nothing_extends_it_after() {
    run_asked_for_more(async |ctx, [omars, _]| {
        ctx.says("ada", "revoke AR-1").await;
        ctx.sees("dana", "*Ended*").await;
        ctx.sees("omar", "Extension lapsed").await;
        let late = ctx.answer_to_stale_click("omar", &omars, "Approve").await;
        insta::assert_snapshot!(late, @"AR-1 was revoked at [time], so nothing was changed.");
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("EXTENSION LAPSED").await.len(), 1);
        assert!(ctx.audit_posts("EXTENDED").await.is_empty());
    })
    .await;
}

/// The access was approved by somebody else, and the time that was added was not.
#[tokio::test(flavor = "multi_thread")]
async fn access_that_its_holder_lengthened_by_another_account_ends_at_once() {
    run_extendable(async |ctx| {
        ctx.granted("2h").await;
        ctx.says("dana", "extend AR-1 1h").await;
        ctx.clicks("priya", "asks to extend", "Approve").await;
        ctx.sees("dana", "*Extended*").await;
        let joined = "[[people]]\naccounts = [\"dana@example.com\", \"U0PRIYA\"]\n";
        ctx.restart_with(|text| format!("{text}\n{joined}")).await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        ctx.sees("ada", "Self-approved").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_extension_read_as_they_were_typed_in_card_and_channel() {
    run_extendable(async |ctx| {
        ctx.granted("2h").await;
        ctx.says(
            "dana",
            "extend AR-1 20m R&amp;D &lt;!channel&gt; <https://t.example/?a=1&amp;b=2>",
        )
        .await;
        let typed = "R&D <!channel> https://t.example/?a=1&b=2";
        let card = ctx.sees("priya", "R&D").await;
        assert!(card.rendered.contains(typed), "{}", card.rendered);
        assert!(!card.text.contains('<') && !card.blocks.to_string().contains("\"broadcast\""));
        ctx.settle().await;
        let posts = ctx.simulator.channel_messages("permissions-audit");
        let post = posts.iter().find(|post| post.rendered.contains(typed)).unwrap();
        assert!(!post.text.contains('<'), "{}", post.text);
    })
    .await;
}
