//! 7. Connect, extend and revoke from wherever the access is shown.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn live_access_has_its_buttons_in_lists_and_in_full() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "active").await, @"
        Your live access:
        *AR-1* read on orders (orders-db) until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
        [Connect] [Revoke]
        ");
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.contains("[Connect] [Revoke]"), "{shown}");
        assert!(!ctx.says("sam", "show AR-1").await.contains("[Revoke]"));
        let dana = ctx.person("dana");
        dana.click("Your live access", "Connect").await.unwrap();
        ctx.window("dana", "Password").await;
        dana.close_modal().await.unwrap();
        dana.command("/apono", "connect AR-1").await.unwrap();
        ctx.window("dana", "Password").await;
        dana.close_modal().await.unwrap();
        dana.click("Your live access", "Revoke").await.unwrap();
        ctx.until_state(1, "Revoked").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_leads_to_its_card() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.reads("dana", "*Granted* AR-1").await, @"
        🔓 *Granted* AR-1: you have read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        Connect and Revoke are on its card, or use `/apono connect AR-1`.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        let address = format!("/archives/{}/p{}", card.channel, card.ts.replace('.', ""));
        let notice = ctx.sees("dana", "*Granted* AR-1").await;
        assert!(
            notice.rendered.contains(&address),
            "{} in {}",
            address,
            notice.rendered
        );
    })
    .await;
}
