//! What people do by the keyboard alone. Wherever Tab leads, the focus is seen.

use fantoccini::key::Key;

use super::run;
use super::window::Window;
use crate::web::signing_in::handed;
use crate::web::with_portal;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_by_the_keyboard_alone() {
    run(with_portal, async |ctx, chromium| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("omar", "AR-1").await;
        ctx.settle().await;
        let omar = Window::open_for(ctx, chromium, "omar").await;
        let handed = handed(ctx, "omar").await;
        omar.open(&handed.path).await;
        // The field has the focus already.
        omar.types(&handed.code).await;
        omar.key(Key::Enter).await;
        ctx.until("the name", async || {
            omar.heading().await == "Sign in as Omar Khan?"
        })
        .await;
        omar.key(Key::Enter).await;
        ctx.until("the start page", async || omar.heading().await == "My access")
            .await;
        omar.keep_secret(ctx).await;
        omar.tab_to("Skip to the content").await;
        omar.tab_to("Waiting").await;
        omar.key(Key::Enter).await;
        ctx.until("what waits", async || omar.heading().await == "Waiting for me")
            .await;
        omar.tab_to("Answer AR-1…").await;
        omar.key(Key::Enter).await;
        ctx.until("the request", async || omar.heading().await.starts_with("AR-1"))
            .await;
        // The link led to the form, so that Tab goes on from there.
        omar.tab_to("Reason").await;
        omar.types("go ahead").await;
        omar.tab_to("Approve").await;
        omar.key(Key::Enter).await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        omar.open("/activity").await;
        omar.tab_to("More filters").await;
        omar.key(Key::Enter).await;
        omar.tab_to("Decided by").await;
        omar.types("omar@example.com").await;
        omar.key(Key::Enter).await;
        ctx.until("the filter", async || {
            omar.address().await.contains("approver=omar")
        })
        .await;
        omar.tab_to("Sign out").await;
        omar.key(Key::Enter).await;
        ctx.until("the end", async || omar.heading().await == "Sign in")
            .await;
        assert_eq!(omar.console().await, [""; 0]);
        omar.close().await;
    })
    .await;
}
