//! Access that should be gone comes first.

use std::time::Duration;

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::run_test_with;

#[tokio::test(flavor = "multi_thread")]
async fn overdue_access_is_on_top_until_it_is_gone_for_whoever_may_see_it() {
    run_test_with(with_portal, async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("30m").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let mut dana = signed_in(ctx, "dana").await;
        let mut omar = signed_in(ctx, "omar").await;
        let page = sam.open("/active").await.text();
        assert!(!page.contains("Overdue"), "{page}");
        target.shut().await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until_tried_again(Duration::from_secs(40), "the alarm", async || {
            let posts = ctx.simulator.channel_messages("permissions-audit");
            posts.iter().any(|post| post.text.contains("OVERDUE"))
        })
        .await;
        for (who, browser) in [("sam", &mut sam), ("dana", &mut dana)] {
            let page = browser.open("/active").await.text();
            let overdue = page.find("This access should have ended.");
            let others = page.find("All active access");
            assert!(overdue.is_some() && overdue < others, "{who}: {page}");
            let between = &page[overdue.unwrap()..others.unwrap()];
            assert!(between.contains("AR-1"), "{who}: {page}");
        }
        let page = omar.open("/active").await.text();
        assert!(!page.contains("should have ended"), "{page}");
        let page = sam.open("/active?person=omar%40example.com").await.text();
        assert!(!page.contains("should have ended"), "{page}");
        target.open();
        ctx.until_tried_again(Duration::from_mins(1), "its end", async || {
            ctx.state_of(1).await == "Expired"
        })
        .await;
        let page = sam.open("/active").await.text();
        assert!(!page.contains("should have ended"), "{page}");
    })
    .await;
}
