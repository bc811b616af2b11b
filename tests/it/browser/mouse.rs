//! What people do by the mouse, with scripts switched off.

use super::run;
use super::window::{Look, Window};
use crate::web::with_portal;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_without_scripts() {
    run(with_portal, async |ctx, chromium| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("omar", "AR-1").await;
        ctx.settle().await;
        let omar = Window::signed_in(ctx, chromium, "omar").await;
        omar.scripts(false).await;
        omar.press("Waiting").await;
        omar.press("Answer AR-1…").await;
        omar.write("Reason", "go ahead").await;
        omar.press("Approve").await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        omar.open("/requests/AR-1").await;
        assert!(omar.text().await.contains("go ahead"), "{}", omar.text().await);
        // An approver has to say why, and the browser says so before anything is sent.
        omar.press("Revoke AR-1").await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        omar.write("Reason", "found the bug").await;
        omar.press("Revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        omar.press("Sign out").await;
        omar.until_heading(ctx, "Sign in").await;
        omar.open("/").await;
        omar.until_heading(ctx, "Sign in").await;
        let ada = Window::signed_in(ctx, chromium, "ada").await;
        ada.scripts(false).await;
        ada.press("Activity").await;
        ada.until_heading(ctx, "Activity").await;
        ada.choose("Status", "revoked").await;
        ada.press("Filter").await;
        ctx.until("the filter", async || {
            ada.address().await.contains("status=revoked")
        })
        .await;
        let shared = ada.address().await;
        ada.press("CSV").await;
        ctx.until("the file", async || !ada.downloaded().is_empty()).await;
        let file = std::fs::read_to_string(&ada.downloaded()[0]).unwrap();
        assert!(file.lines().count() == 2 && file.contains("AR-1"), "{file}");
        let sam = Window::signed_in(ctx, chromium, "sam").await;
        sam.scripts(false).await;
        sam.open(&shared).await;
        assert!(sam.text().await.contains("AR-1"));
        sam.press("Clear").await;
        ctx.until("all of them", async || sam.address().await == "/activity")
            .await;
        for window in [omar, ada, sam] {
            assert_eq!(window.console().await, [""; 0]);
            window.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_from_another_browser() {
    run(with_portal, async |ctx, chromium| {
        let here = Window::signed_in(ctx, chromium, "dana").await;
        let there = Window::signed_in_again(ctx, chromium, "dana").await;
        here.look(360, Look::Light).await;
        here.press("Dana Ito").await;
        here.press_at("//tr[not(contains(., 'this one'))]//button").await;
        ctx.until("the end", async || {
            there.open("/").await;
            there.heading().await == "Sign in"
        })
        .await;
        here.open("/").await;
        here.until_heading(ctx, "My access").await;
        here.press("Dana Ito").await;
        here.press("End all sessions").await;
        here.until_heading(ctx, "Sign in").await;
        here.close().await;
        there.close().await;
    })
    .await;
}
