//! The main job: asked, approved, granted, used, over.

use std::time::Duration;

use slack_simulator::Submitted;
use sqlx::Executor;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_travels_from_the_command_to_the_audit_channel_and_the_login_dies_at_its_time() {
    run_test(async |ctx| {
        assert_eq!(
            ctx.ask("dana", "read", "2h", "incident 4711").await,
            Submitted::Closed
        );
        let card = ctx
            .person("omar")
            .wait_for("@bot", "asks for read")
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.plain(&card.rendered), @r#"
        📝 *AR-1 · Pending* Dana Ito (dana@example.com) asks for read on orders (orders-db)
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
        Approving gives group role orders_read for 2 h: until [time] if approved at [time].
        Other live access at [time]: none.
        Latest requests for the same: none.
        From: @Dana Ito. Also asked: @Priya Shah
        [Approve] [Reject]
        Waiting for an answer until [time].
        "#);
        ctx.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.person("dana")
            .wait_for("@bot", "you have read")
            .await
            .unwrap();

        let login = ctx.connect("dana").await;
        let mut session = login.open().await.unwrap();
        session.execute("SELECT * FROM orders").await.unwrap();
        assert!(
            session.execute("DELETE FROM orders").await.is_err(),
            "read does not write"
        );

        ctx.clock.advance(Duration::from_hours(2));
        ctx.person("dana").wait_for("@bot", "Ended").await.unwrap();
        assert!(
            session.execute("SELECT 1").await.is_err(),
            "the open session is gone"
        );
        assert!(login.open().await.is_err(), "and nobody gets in");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
        ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): read on orders (orders-db)
        ⏳ *REVOKING* AR-1 its time is up: Dana Ito (dana@example.com), read on orders (orders-db)
        🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
    })
    .await;
}
