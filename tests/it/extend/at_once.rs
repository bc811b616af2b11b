//! Extensions that nobody is asked about: as often and as long as the flow allows.

use std::time::Duration;

use apono::clock::Clock;
use slack_simulator::Submitted;

use super::{ends, run_writing};
use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_moves_the_end_here_and_on_the_target() {
    run_writing(async |ctx| {
        let (before, held) = ends(ctx).await;
        assert_eq!(before, held);
        let card = ctx.reads("dana", "AR-1 · Granted").await;
        insta::assert_snapshot!(card, @r#"
        🔓 *AR-1 · Granted* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 1 h
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Connect] [Extend] [Revoke]
        Approved automatically by "Write at once". Live until [time] (1 h).
        At the end, open sessions are ended; the target itself refuses new logins after the end; an early revoke takes effect at once.
        "#);

        insta::assert_snapshot!(ctx.says("dana", "extend ar1 1h still restoring").await, @"AR-1 ends at [time], 1 h later than before. Its card will say when the target has confirmed it.");
        insta::assert_snapshot!(ctx.reads("dana", "*Extended*").await, @"
        ⏱️ *Extended* AR-1: write on orders (orders-db)
        The target confirmed the new end: [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        ctx.settle().await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await, @r#"
        🔓 *AR-1 · Granted* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 2 h
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Connect] [Extend] [Revoke]
        Approved automatically by "Write at once". Live until [time] (2 h, including 1 h added).
        At the end, open sessions are ended; the target itself refuses new logins after the end; an early revoke takes effect at once.
        "#);
        insta::assert_snapshot!(ctx.audit_posts("EXTENDED").await.join("\n\n"), @"
        ⏱️ *EXTENDED* AR-1 by Dana Ito (dana@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Added: 1 h
        Until: [time]
        Decided as: no approval needed by the flow
        Dana wrote:
        > still restoring
        [Open]
        #7 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION CONFIRMED").await.join("\n\n"), @"
        ✔️ *EXTENSION CONFIRMED* AR-1 orders-db confirmed the new end, [clock]: Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Until: [time]
        Deadline on target: yes
        [Open]
        #8 · [head] · [time]
        ");

        let login = ctx.connect("dana").await;
        ctx.clock.advance(Duration::from_mins(61));
        ctx.settle().await;
        login.open().await.unwrap();
        ctx.clock.advance(after.since(ctx.clock.now()));
        ctx.sees("dana", "*Ended*").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @r#"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for write on orders (orders-db), 1 h
        ✅ *APPROVED* AR-1 automatically by "Write at once": Dana Ito (dana@example.com), write on orders (orders-db), 1 h
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has write on orders (orders-db) until [clock] (1 h)
        ⏱️ *EXTENDED* AR-1 by Dana Ito (dana@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), write on orders (orders-db)
        ✔️ *EXTENSION CONFIRMED* AR-1 orders-db confirmed the new end, [clock]: Dana Ito (dana@example.com), write on orders (orders-db)
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): write on orders (orders-db)
        ⏳ *REVOKING* AR-1 its time is up: Dana Ito (dana@example.com), write on orders (orders-db)
        🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), write on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_extended_as_often_and_as_long_as_its_flow_allows() {
    run_writing(async |ctx| {
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 61m").await, @"Its access flow allows at most 1 h per extension.");
        for _ in 0..2 {
            ctx.says("dana", "extend AR-1 20m").await;
            ctx.settle().await;
        }
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1m").await, @"It was extended 2 times, which is the most its access flow allows. `/apono again AR-1` asks for the same again.");
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        assert_eq!(card.buttons, ["Connect", "Revoke"], "there is none left");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1").await, @"`/apono extend` needs a request number and how much longer you need it, for example `/apono extend AR-... 1h`.");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-9 1h").await, @"There is no such request. `/apono list` shows yours.");
        for who in ["eve", "omar", "ada"] {
            insta::assert_snapshot!(ctx.says(who, "extend AR-1 1h").await, @"This is somebody else's request, so you cannot do that.");
        }
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "*Ended*").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"AR-1 was revoked at [time], so nothing was changed.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_says_nothing_of_extensions_allows_none() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"Its access flow does not allow extensions, so nothing was changed. `/apono again AR-1` asks for the same again.");
        assert_eq!(
            ctx.sees("dana", "AR-1 · Granted").await.buttons,
            ["Connect", "Revoke"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_asks_how_much_longer_and_the_same_form_counts_once() {
    run_writing(async |ctx| {
        let (before, _) = ends(ctx).await;
        let dana = ctx.person("dana");
        dana.click("AR-1 · Granted", "Extend").await.unwrap();
        let modal = dana.modal().await.unwrap();
        insta::assert_snapshot!(ctx.plain(&modal.rendered), @"
        write on orders (orders-db) ends at [time]. It can be extended 2 more times, by at most 1 h each time.
        How much longer: 1h
          Write 30m, 2 hours, 1d or 1h30m.
        What you need it for (optional): ____
          Shown to the approvers and in the audit channel.
        ");
        dana.fill("How much longer", "soon").await.unwrap();
        let Submitted::Errors(errors) = dana.submit().await.unwrap() else {
            panic!("an unreadable duration was taken");
        };
        insta::assert_snapshot!(format!("{errors:?}"), @r#"{"How much longer": "Write a duration such as 45s, 30m, 2h, 1d or 1h30m."}"#);
        dana.fill("How much longer", "30m").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        ctx.sees("dana", "*Extended*").await;
        assert_eq!(ends(ctx).await.0, before.plus(Duration::from_mins(30)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_announced_again_after_it_was_moved_and_can_be_moved_from_there() {
    run_writing(async |ctx| {
        ctx.clock.advance(Duration::from_mins(51));
        let notice = ctx.sees("dana", "*Ends soon*").await;
        assert_eq!(notice.buttons, ["Extend"]);
        ctx.says("dana", "extend AR-1 1h").await;
        ctx.sees("dana", "*Extended*").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("dana", "*Ends soon*").len(), 1);
        ctx.clock.advance(Duration::from_hours(1));
        ctx.until("the new end is announced", async || {
            ctx.messages_to("dana", "*Ends soon*").len() == 2
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_whose_time_is_over_is_not_extended() {
    run_writing(async |ctx| {
        let (until, _) = ends(ctx).await;
        ctx.clock.advance(until.since(ctx.clock.now()));
        let answer = ctx.says("dana", "extend AR-1 1h").await;
        assert!(
            answer.starts_with("AR-1 ") && answer.ends_with("so nothing was changed."),
            "{answer}"
        );
        ctx.sees("dana", "*Ended*").await;
        assert!(ctx.audit_posts("EXTENDED").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_lasts_longer_on_a_frozen_integration() {
    run_writing(async |ctx| {
        let (until, _) = ends(ctx).await;
        ctx.says("ada", "freeze orders-db").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"An admin froze orders-db. Nothing new is granted on it until it is thawed.");
        assert_eq!(ends(ctx).await.0, until);
    })
    .await;
}
