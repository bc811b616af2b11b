//! Approve and Reject: who decides, once, and what is no decision.

use serde_json::json;
use slack_simulator::{CallMishap, SeenMessage, Submitted, Trouble};

use crate::support::bot::{Context, run_test};
use crate::support::steps::{forged_approval, forged_click, value_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_decides_and_the_other_card_says_who_gave_it() {
    run_test(async |ctx| {
        let (_, priyas) = ctx.asked().await;
        ctx.approves("omar").await;
        ctx.sees("omar", "AR-1 · Granted").await;
        insta::assert_snapshot!(ctx.reads("omar", "AR-1 · Granted").await, @r#"
        🔓 *AR-1 · Granted* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        "#);
        insta::assert_snapshot!(ctx.reads("priya", "AR-1 · Granted").await, @r#"
        🔓 *AR-1 · Granted* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        "#);

        let late = ctx.answer_to_stale_click("priya", &priyas, "Approve").await;
        insta::assert_snapshot!(late, @"AR-1: Omar Khan approved it at [time], before you. Nothing was changed.");
        let late = ctx.answer_to_stale_click("priya", &priyas, "Reject").await;
        insta::assert_snapshot!(late, @"AR-1: Omar Khan approved it at [time], before you. Nothing was changed.");
        assert_eq!(ctx.audit_posts("APPROVED").await.len(), 1);
        assert_eq!(ctx.audit_posts("REJECTED").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_may_say_why() {
    run_test(async |ctx| {
        ctx.asked().await;
        let omar = ctx.person("omar");
        omar.click("asks for read", "Reject").await.unwrap();
        insta::assert_snapshot!(ctx.plain(&omar.modal().await.unwrap().rendered), @"
        Dana Ito (dana@example.com) asks for read on orders (orders-db) for 2 h.
        Reason (optional): ____
          Shown to the requester and in the audit channel.
        ");
        ctx.gives_reason("omar", "ask for the *replica* <!here>\ninstead").await;

        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Rejected by Omar Khan (omar@example.com), group:sre: ask for the *replica* <!here> instead.
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Rejected").await, @"
        ❌ *AR-1 · Rejected* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Request again]
        Rejected by Omar Khan (omar@example.com), group:sre: ask for the *replica* <!here> instead.
        ");
        insta::assert_snapshot!(ctx.reads("priya", "AR-1 · Rejected").await, @r#"
        ❌ *AR-1 · Rejected* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Rejected by Omar Khan (omar@example.com), group:sre: ask for the *replica* <!here> instead.
        "#);
        insta::assert_snapshot!(ctx.audit_posts("REJECTED").await.join("\n\n"), @"
        ❌ *REJECTED* AR-1 by Omar Khan (omar@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Omar wrote:
        > ask for the *replica* <!here> instead
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_needs_no_reason_and_nothing_approves_it_after() {
    run_test(async |ctx| {
        let (omars, priyas) = ctx.asked().await;
        let omar = ctx.person("omar");
        omar.click("asks for read", "Reject").await.unwrap();
        assert_eq!(omar.submit().await.unwrap(), Submitted::Closed);
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Rejected by Omar Khan (omar@example.com), group:sre.
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        for (who, card, rejected) in [
            ("omar", &omars, "you rejected it"),
            ("priya", &priyas, "Omar Khan rejected it"),
        ] {
            ctx.sees(who, "AR-1 · Rejected").await;
            let answer = ctx.answer_to_stale_click(who, card, "Approve").await;
            assert!(
                answer.contains(rejected) && answer.ends_with("Nothing was changed."),
                "{answer}"
            );
        }
        assert_eq!(ctx.audit_posts("APPROVED").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_that_comes_after_the_approval_is_answered_in_its_window() {
    run_test(async |ctx| {
        ctx.asked().await;
        let priya = ctx.person("priya");
        priya.click("asks for read", "Reject").await.unwrap();
        priya.fill("Reason", "no").await.unwrap();
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        let Submitted::Errors(errors) = priya.submit().await.unwrap() else {
            panic!("the window has closed as if it had counted");
        };
        insta::assert_snapshot!(ctx.plain(&errors["Reason"]), @"AR-1: Omar Khan approved it at [time], before you. Nothing was changed.");
        assert_eq!(ctx.audit_posts("REJECTED").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvers_at_the_same_time_make_one_decision() {
    run_test(async |ctx| {
        let (omars, priyas) = ctx.asked().await;
        let (omar, priya) = (ctx.person("omar"), ctx.person("priya"));
        let (one, other) = tokio::join!(
            omar.stale_click(&omars, "Approve"),
            priya.stale_click(&priyas, "Approve")
        );
        one.unwrap();
        other.unwrap();
        ctx.sees("dana", "you have read").await;
        assert_eq!(ctx.audit_posts("APPROVED").await.len(), 1);
        assert_eq!(ctx.audit_posts("GRANTED").await.len(), 1);
        ctx.until("the later one is told", async || {
            omar.ephemerals().len() + priya.ephemerals().len() == 1
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_is_one_decision() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let omar = ctx.person("omar");
        let (one, other) = tokio::join!(
            omar.stale_click(&omars, "Approve"),
            omar.stale_click(&omars, "Approve")
        );
        one.unwrap();
        other.unwrap();
        ctx.sees("dana", "you have read").await;
        assert_eq!(ctx.audit_posts("APPROVED").await.len(), 1);
        assert_eq!(ctx.audit_posts("GRANTED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_their_own_request() {
    run_test(async |ctx| {
        ctx.asks("omar", "read", "2h", "incident 4711").await;
        let priyas = ctx.sees("priya", "Omar Khan (omar@example.com) asks for read").await;
        let own = ctx.sees("omar", "your request for read").await;
        ctx.settle().await;
        let cards = ctx.person("omar").reads("@bot");
        assert!(
            cards
                .iter()
                .all(|card| !card.contains("asks for")
                    && !card.buttons.iter().any(|button| button == "Approve")),
            "omar is an approver of the flow, but not of his own request: {cards:?}"
        );
        let value = value_of(&priyas, "Approve");
        for card in [&own, &priyas] {
            let answer = forged(ctx, "omar", card, "approve", &value).await;
            insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
        }
        let answer = forged(ctx, "omar", &own, "reject", &value).await;
        insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
        still_pending(ctx).await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await[0], @"
        ⛔ *REFUSED* click on AR-1 by Omar Khan (omar@example.com): You cannot decide your own request. Somebody else has to.
        Requester: Omar Khan (omar@example.com, U0OMAR)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (omar@example.com, U0OMAR)
        Standing: member
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_counts_only_on_the_card_that_was_sent_to_its_person() {
    run_test(async |ctx| {
        let (omars, priyas) = ctx.asked().await;
        ctx.ask("eve", "read", "1h", "another").await;
        let other = ctx.sees("omar", "Eve Moss (eve@example.com) asks for read").await;
        let value = value_of(&omars, "Approve");

        let elsewhere = SeenMessage {
            channel: "C0GENERAL".to_owned(),
            ..omars.clone()
        };
        let later = SeenMessage {
            ts: "1700000000.000001".to_owned(),
            ..omars.clone()
        };
        for card in [&priyas, &elsewhere, &later, &other] {
            let answer = forged(ctx, "omar", card, "approve", &value).await;
            insta::assert_snapshot!(answer, @"This is not the card I sent you for this request, so nothing was changed.");
            still_pending(ctx).await;
        }
        let answer = forged(ctx, "omar", &omars, "approve", "0199-no-such-request").await;
        insta::assert_snapshot!(answer, @"This is not the card I sent you for this request, so nothing was changed.");
        let answer = forged(ctx, "omar", &omars, "destroy", &value).await;
        insta::assert_snapshot!(answer, @"This was made by another version of apono, so nothing was changed. Please start again with /apono.");
        still_pending(ctx).await;
        insta::assert_snapshot!(ctx.audit_channel(), @"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
        📝 *REQUESTED* AR-2 Eve Moss (eve@example.com) asks for read on orders (orders-db), 1 h
        ⛔ *REFUSED* click on AR-1 by Omar Khan (omar@example.com): This is not the card I sent you for this request, so nothing was changed.
        ");
    })
    .await;
}

/// Nobody knows yet which message a card is whose answer is on its way: only its person's own conversation with the bot tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_answer_is_missing_decides_in_its_persons_own_conversation_alone() {
    run_test(async |ctx| {
        for channel in ["\"D0OMAR\"", "\"D0PRIYA\""] {
            let slow = Trouble::on("chat.postMessage", CallMishap::SlowAnswer { seconds: 8 }).about(channel);
            ctx.simulator.calls_meet(slow);
        }
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let omars = ctx.sees("omar", "asks for read").await;
        let priyas = ctx.sees("priya", "asks for read").await;
        let value = value_of(&omars, "Approve");
        let elsewhere = SeenMessage {
            channel: "C0GENERAL".to_owned(),
            ..omars.clone()
        };
        let nils = SeenMessage {
            channel: "D0NILS".to_owned(),
            ..omars.clone()
        };
        for card in [&priyas, &elsewhere, &nils] {
            let answer = forged(ctx, "omar", card, "approve", &value).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(answer, @"This is not the card I sent you for this request, so nothing was changed.");
            }
        }
        for (who, card) in [("nils", &nils), ("nils", &omars), ("eve", &omars)] {
            let answer = forged(ctx, who, card, "approve", &value).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(answer, @"You are not an approver of this request, so nothing was changed.");
            }
        }
        insta::assert_snapshot!(forged(ctx, "dana", &omars, "approve", &value).await, @"You cannot decide your own request. Somebody else has to.");
        ctx.shows_pending().await;

        ctx.approves("omar").await;
        ctx.simulator.end_troubles();
        ctx.sees("dana", "you have read").await;
        assert_eq!(ctx.audit_posts("APPROVED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_no_approver_is_refused() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let value = value_of(&omars, "Approve");
        insta::assert_snapshot!(forged(ctx, "nils", &omars, "approve", &value).await, @"You are not an approver of this request, so nothing was changed.");
        insta::assert_snapshot!(forged(ctx, "nils", &omars, "reject", &value).await, @"You are not an approver of this request, so nothing was changed.");
        still_pending(ctx).await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await[0], @"
        ⛔ *REFUSED* click on AR-1 by Nils Berg (nils@example.com): You are not an approver of this request, so nothing was changed.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Nils Berg (nils@example.com, U0NILS)
        Standing: member
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_for_another_app_changes_nothing() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let mut click = forged_approval(&omars);
        click["api_app_id"] = json!("A0STRANGER");
        ctx.person("omar").raw_interaction(click).await.unwrap();
        still_pending(ctx).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_was_taken_off_the_group_decides_nothing_more() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.restart_with(|text| text.replace(r#"sre = ["omar@example.com", "priya@example.com"]"#, r#"sre = ["priya@example.com"]"#)).await;
        let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
        insta::assert_snapshot!(answer, @"You are not an approver of this request, so nothing was changed.");
        still_pending(ctx).await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await[0], @"
        ⛔ *REFUSED* click on AR-1 by Omar Khan (omar@example.com): You are not an approver of this request, so nothing was changed.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (omar@example.com, U0OMAR)
        Standing: member
        [Open]
        #8 · [head] · [time]
        ");
        ctx.approves("priya").await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_the_click_counts_not_that_of_the_request() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.restart_with(|text| text.replace(r#"max_duration = "8h""#, r#"max_duration = "1h""#)).await;
        let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
        insta::assert_snapshot!(answer, @"This request cannot be granted: the access flow no longer allows that duration. Nothing was changed.");

        ctx.restart_with(|text| text.replace(r#"requesters = ["group:developers"]"#, r#"requesters = ["nils@example.com"]"#)).await;
        let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
        insta::assert_snapshot!(answer, @"This request cannot be granted: no access flow allows it now. Nothing was changed.");
        still_pending(ctx).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_who_left_gets_nothing_approved() {
    run_test(async |ctx| {
        ctx.asked().await;
        // The event would close the request before anybody clicks.
        ctx.simulator.change_world(|world| world.subscribe(&["message.im"]));
        ctx.simulator.change_world(|world| world.deactivate("dana"));
        let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
        insta::assert_snapshot!(answer, @"This request cannot be granted: the requester may no longer request access. Nothing was changed.");
        still_pending(ctx).await;
    })
    .await;
}

/// Sends a click made by hand and returns the answer to it.
async fn forged(ctx: &Context, who: &str, card: &SeenMessage, action: &str, value: &str) -> String {
    ctx.answer_to_forged(who, forged_click(card, action, value)).await
}

/// AR-1 waits for an answer as before.
async fn still_pending(ctx: &Context) {
    ctx.settle().await;
    ctx.shows_pending().await;
}
