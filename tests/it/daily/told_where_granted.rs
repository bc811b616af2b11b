//! Rejections are told where grants are told, an end shows only what is true of it, and no post says a thing twice.

use std::time::Duration;

use apono::audit::event::What;
use apono::telling::{Weight, told};

use crate::support::bot::{Context, run_test};

/// The lines of the newest post with this word whose labels these are.
async fn lines_of(ctx: &Context, word: &str, labels: &[&str]) -> String {
    let post = ctx.audit_posts(word).await.pop().unwrap();
    let found = post
        .lines()
        .filter(|line| labels.iter().any(|label| line.starts_with(&format!("{label}:"))));
    found.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_reaches_the_requester_the_thread_and_each_digest() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.clicks("omar", "asks for read", "Reject").await;
        ctx.gives_reason("omar", "ask for the replica instead").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected* AR-1").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Rejected by Omar Khan (omar@example.com), group:sre: ask for the replica instead.
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.audit_posts("REJECTED").await.pop().unwrap(), @"
        ❌ *REJECTED* AR-1 by Omar Khan (omar@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Omar wrote:
        > ask for the replica instead
        [Open]
        #5 · [head] · [time]
        ");
        let events = ctx.app().core().store.events_after(0, 100).await.unwrap();
        let weight = |found: fn(&What) -> bool| {
            let stored = events.iter().find(|stored| found(&stored.event.what)).unwrap();
            told(&stored.event).weight
        };
        // What has this weight has a line in every digest.
        assert_eq!(weight(|what| matches!(what, What::Rejected { .. })), Weight::Line);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_back_says_when_it_ended_and_was_never_late() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.clock.advance(Duration::from_mins(20));
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        let shown = ctx.says("dana", "show AR-1").await;
        let times: Vec<&str> = shown
            .lines()
            .filter(|line| line.starts_with("Until") || line.starts_with("Ended at"))
            .collect();
        insta::assert_snapshot!(times.join("\n"), @"Ended at: [time] (was until [time])");
        insta::assert_snapshot!(ctx.audit_posts("REVOKED").await.pop().unwrap(), @"
        🔒 *REVOKED* AR-1 by Dana Ito (dana@example.com) after 20 min of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: given back
        Confirmed gone at: [time]
        Sessions ended: 0
        Proof: login locked, 0 sessions
        Used: never: no credentials were shown
        [Open]
        #8 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_out_says_how_late_it_was() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.lines().any(|line| line.starts_with("Until: ")), "{shown}");
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until_state(1, "Expired").await;
        let labels = ["Why", "Lateness", "Sessions ended", "Open sessions"];
        insta::assert_snapshot!(lines_of(ctx, "EXPIRED", &labels).await, @"
        Why: its time is up
        Lateness: on time ([late])
        Sessions ended: 0
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_its_reason_once() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.says("eve", "show AR-1").await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.pop().unwrap(), @"
        ⛔ *REFUSED* /apono show on AR-1 by Eve Moss (eve@example.com): This is somebody else's request, so you cannot do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Eve Moss (eve@example.com, U0EVE)
        Standing: member
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retiring_an_integration_removes_nobody() {
    run_test(async |ctx| {
        ctx.edit_config(|text| text.replace("kind = \"postgres\"", "kind = \"postgres\"\nretired = true"));
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(ctx.audit_posts("POLICY CHANGED").await.pop().unwrap(), @r#"
        📜 *POLICY CHANGED* another config is active now
        From: [digest]
        To: [digest]
        • integration "orders-db": retired set to true: nothing can be requested on it any more, whatever its flows say
        #4 · [head] · [time]
        "#);
        ctx.edit_config(|text| text.replace("\nretired = true", ""));
        ctx.app().reload().await.unwrap();
    })
    .await;
}
