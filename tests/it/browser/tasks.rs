//! What a security engineer wants to know or do, in few clicks.

use std::time::Duration;

use apono::clock::Clock;
use fantoccini::key::Key;

use super::run;
use super::window::{Look, Window};
use crate::support::bot::Context;
use crate::web::with_portal;

/// Each click on a link, a button or a field is one.
const MOST_CLICKS: u32 = 5;

/// Asserts what the page says, and that it took few clicks to get there.
async fn found(ctx: &Context, window: &Window, words: &[&str]) {
    ctx.until("what was looked for", async || {
        let text = window.text().await;
        words.iter().all(|word| text.contains(word))
    })
    .await;
    assert!(window.clicks() <= MOST_CLICKS, "{} clicks", window.clicks());
    assert_eq!(window.console().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_write_on_orders_now() {
    run(with_portal, async |ctx, chromium| {
        ctx.asks("dana", "write", "30m", "a migration").await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        let sam = Window::signed_in(ctx, chromium, "sam").await;
        sam.press("Active").await;
        sam.write("Resource", &ctx.target.database).await;
        sam.write("Permission", "write").await;
        sam.press("Filter").await;
        found(ctx, &sam, &["AR-1", "Dana Ito", "min left"]).await;
        sam.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_decided_and_since_when_on_a_phone() {
    run(with_portal, async |ctx, chromium| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let since = ctx.request(1).await.changed_at.to_string();
        let sam = Window::signed_in(ctx, chromium, "sam").await;
        for look in [Look::Light, Look::Dark] {
            sam.look(360, look).await;
            sam.open("/activity").await;
            found(ctx, &sam, &["AR-1", "Granted", &since, "approved by Omar Khan"]).await;
        }
        sam.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_had_it_last_week_and_who_said_yes_and_a_quarter_as_a_file() {
    run(with_portal, async |ctx, chromium| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let day = ctx.clock.now().to_rfc3339()[..10].to_owned();
        ctx.clock.advance(Duration::from_hours(7 * 24));
        ctx.until_state(1, "Expired").await;
        ctx.settle().await;
        let sam = Window::signed_in(ctx, chromium, "sam").await;
        sam.press("Activity").await;
        sam.press("More filters").await;
        sam.write("Live at any moment of", &day).await;
        sam.key(Key::Enter).await;
        ctx.until("the filter", async || {
            sam.address().await.contains(&format!("live={day}"))
        })
        .await;
        sam.press("AR-1").await;
        found(ctx, &sam, &["Dana Ito", "Approved by Omar Khan", "Expired"]).await;
        sam.close().await;
        let sam = Window::signed_in_again(ctx, chromium, "sam").await;
        sam.press("Activity").await;
        sam.write("Created", "90d..").await;
        sam.press("Filter").await;
        ctx.until("the filter", async || sam.address().await.contains("created=90d"))
            .await;
        sam.press("CSV").await;
        ctx.until("the file", async || !sam.downloaded().is_empty()).await;
        let file = std::fs::read_to_string(&sam.downloaded()[0]).unwrap();
        assert!(
            file.contains("AR-1") && file.contains("dana@example.com"),
            "{file}"
        );
        found(ctx, &sam, &["AR-1"]).await;
        sam.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_found_by_a_word_of_its_justification_and_revoked_from_a_phone() {
    run(with_portal, async |ctx, chromium| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let ada = Window::signed_in(ctx, chromium, "ada").await;
        ada.press("Activity").await;
        ada.write("Words, a name or AR-7", "incid").await;
        ada.press("Filter").await;
        ada.press("AR-1").await;
        found(ctx, &ada, &["incident 4711"]).await;
        ada.close().await;
        let ada = Window::signed_in_again(ctx, chromium, "ada").await;
        ada.look(360, Look::Light).await;
        ada.press_at("//label[normalize-space()='Menu']").await;
        ada.press("Active").await;
        ada.press("Revoke…").await;
        ada.write("Reason", "laptop stolen").await;
        ada.press("Revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        found(ctx, &ada, &["AR-1"]).await;
        ada.close().await;
    })
    .await;
}
