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
        omar.press("Activity").await;
        omar.choose("Status", "revoked").await;
        omar.press("Filter").await;
        let shared = omar.address().await;
        assert!(shared.contains("status=revoked"), "{shared}");
        omar.press("CSV").await;
        ctx.until("the file", async || !omar.downloaded().is_empty())
            .await;
        let file = std::fs::read_to_string(&omar.downloaded()[0]).unwrap();
        assert!(file.lines().count() == 2 && file.contains("AR-1"), "{file}");
        let sam = Window::signed_in(ctx, chromium, "sam").await;
        sam.scripts(false).await;
        sam.open(&shared).await;
        assert!(sam.text().await.contains("AR-1"));
        sam.press("Clear").await;
        assert_eq!(sam.address().await, "/activity");
        omar.press("Sign out").await;
        assert_eq!(omar.heading().await, "Sign in");
        omar.open("/").await;
        assert_eq!(omar.heading().await, "Sign in");
        for window in [omar, sam] {
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
        there.open("/").await;
        assert_eq!(there.heading().await, "Sign in");
        here.open("/").await;
        assert_eq!(here.heading().await, "My access");
        here.press("Dana Ito").await;
        here.press("End all sessions").await;
        assert_eq!(here.heading().await, "Sign in");
        here.close().await;
        there.close().await;
    })
    .await;
}
