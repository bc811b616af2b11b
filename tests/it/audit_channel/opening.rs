//! The button Open: the live state in a modal, with Revoke inside for people who may use it.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_sees_the_live_state_and_cannot_revoke() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let sam = ctx.person("sam");
        sam.click("REQUESTED", "Open").await.unwrap();
        let modal = sam.modal().await.unwrap();
        insta::assert_snapshot!(ctx.plain(&modal.rendered), @"
        🔓 *AR-1 · Granted* read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db (postgres, Database)
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Target account: apono_[install]_ar1_dana_ito
        Until: [time]
        Used: never: no credentials were shown
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        [time] Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        [time] Approved by Omar Khan (omar@example.com), group:sre
        [time] Granted as apono_[install]_ar1_dana_ito until [time]
        ");
        assert!(sam.click_in_modal("Revoke").await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_revokes_from_the_channel() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        ctx.settle().await;
        let ada = ctx.person("ada");
        ada.click("GRANTED", "Open").await.unwrap();
        ada.click_in_modal("Revoke").await.unwrap();
        ctx.until("the window asks why", async || {
            ada.top_modal()
                .is_some_and(|modal| modal.rendered.contains("loses"))
        })
        .await;
        ada.submit().await.unwrap();
        ctx.person("dana").wait_for("@bot", "Ended").await.unwrap();
        assert!(login.open().await.is_err());
        ctx.settle().await;
        assert!(ctx.audit_channel().contains("*REVOKED* AR-1 "));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_who_is_in_the_channel_gives_back_from_there() {
    run_test(async |ctx| {
        ctx.simulator
            .change_world(|world| world.join("permissions-audit", "dana"));
        ctx.granted("2h").await;
        ctx.settle().await;
        let dana = ctx.person("dana");
        dana.click("*GRANTED*", "Open").await.unwrap();
        dana.click_in_modal("Revoke").await.unwrap();
        dana.wait_for("@bot", "Ended").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_in_the_channel_is_told_that_it_is_not_theirs() {
    run_test(async |ctx| {
        ctx.simulator
            .change_world(|world| world.join("permissions-audit", "nils"));
        ctx.granted("2h").await;
        ctx.settle().await;
        let nils = ctx.person("nils");
        nils.click("GRANTED", "Open").await.unwrap();
        let answer = nils.wait_for_ephemeral("").await.unwrap();
        insta::assert_snapshot!(ctx.plain(&answer.rendered), @"This is somebody else's request, so you cannot do that.");
        assert!(nils.top_modal().is_none());
    })
    .await;
}
