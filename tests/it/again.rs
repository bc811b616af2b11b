//! Asking for the same once more: the form is filled in like the request.

use slack_simulator::Submitted;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_filled_in_like_the_request_and_asks_only_for_a_reason() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        let dana = ctx.person("dana");
        dana.click("AR-1 · Revoked", "Request again").await.unwrap();
        let form = dana.modal().await.unwrap();
        insta::assert_snapshot!(ctx.plain(&form.rendered), @"
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2h
          At most 8 h. Write 30m, 2 hours, 1d or 1h30m.
        Usual durations (optional): ____ (Or choose one)
        Justification: ____ (What you need it for, with a ticket if there is one)
          Shown to the approvers and in the audit channel.
        ");
        dana.fill("Justification", "it broke again").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        insta::assert_snapshot!(ctx.reads("omar", "AR-2 · Pending").await, @r#"
        📝 *AR-2 · Pending* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-2
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > it broke again
        Approving gives group role orders_read for 2 h: until [time] if approved at [time].
        Other live access at [time]: none.
        Latest requests for the same: AR-1 (Revoked).
        From: @Dana Ito. Also asked: @Priya Shah
        [Approve] [Reject]
        Waiting for an answer until [time].
        "#);

        dana.command("/apono", "again ar1").await.unwrap();
        assert_eq!(
            ctx.plain(&dana.modal().await.unwrap().rendered),
            ctx.plain(&form.rendered)
        );
        dana.choose("Permissions", &["write"]).await.unwrap();
        dana.fill("Duration", "10m").await.unwrap();
        dana.fill("Justification", "now to mend it").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        ctx.sees("dana", "AR-3 · Granted").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ones_own_request_is_asked_for_again() {
    run_test(async |ctx| {
        ctx.asked().await;
        insta::assert_snapshot!(ctx.says("eve", "again AR-1").await, @"This is somebody else's request, so you cannot do that.");
        insta::assert_snapshot!(ctx.says("dana", "again AR-7").await, @"There is no such request. `/apono list` shows yours.");
        insta::assert_snapshot!(ctx.says("dana", "again").await, @"`/apono again` needs a request number, for example `/apono again AR-...`.");
        assert_eq!(ctx.audit_posts("REFUSED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_on_a_pending_card_withdraws_the_request() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.person("dana")
            .click("AR-1 · Pending", "Cancel")
            .await
            .unwrap();
        ctx.sees("dana", "AR-1 · Cancelled").await;
        ctx.sees("omar", "AR-1 · Cancelled").await;
        assert_eq!(ctx.audit_posts("CANCELLED").await.len(), 1);
    })
    .await;
}
