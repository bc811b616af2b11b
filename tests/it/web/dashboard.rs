//! What happened, in figures.

use std::time::Duration;

use insta::assert_snapshot;

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// One request of Dana's that was granted and is over, one that was rejected; and one of Omar's that waits.
async fn three_requests(ctx: &Context) {
    ctx.granted("2h").await;
    ctx.settle().await;
    ctx.clock.advance(Duration::from_hours(3));
    ctx.until_state(1, "Expired").await;
    ctx.asks("dana", "read", "3h", "another").await;
    ctx.clicks("omar", "AR-2", "Reject").await;
    ctx.gives_reason("omar", "not now").await;
    ctx.until_state(2, "Rejected").await;
    ctx.asks("omar", "read", "2h", "a look").await;
    ctx.sees("priya", "AR-3").await;
    ctx.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_what_the_reader_may_see() {
    run(async |ctx| {
        three_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/dashboard?days=7").await;
        let text = ctx.plain(&page.text());
        assert_snapshot!(figures(&text), @"

        Requests
        3
        of these granted
        1
        rejected
        33 %
        lapsed, because nobody answered
        0 %
        How long access was granted for
        Requested for
        Granted
        Bar
        up to 1 h
        0
        up to 4 h
        1
        up to 8 h
        0
        up to 1 d
        0
        more than 1 d
        0
        Requested most
        Resource
        Requests
        Bar
        ordersorders-db
        3
        How ended access was used
        Used
        Granted
        Share
        Bar
        never
        1
        100 %
        no use seen
        0
        0 %
        seen
        0
        0 %
        credentials shown
        0
        0 %
        Never is certain: nobody was shown credentials. Sessions are sampled: what happened between two looks is not seen.
        Often not used
        Resource
        Granted
        Never used
        No use seen
        ordersorders-db
        1
        1
        0
        ");
        assert!(text.contains("From the decision to the access"), "{text}");
        assert!(
            text.contains("Omar Khan") && text.contains("omar@example.com"),
            "{text}"
        );
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/dashboard?days=7").await;
        assert_snapshot!(figures(&ctx.plain(&page.text())), @"

        Requests
        2
        of these granted
        1
        rejected
        50 %
        lapsed, because nobody answered
        0 %
        How long access was granted for
        Requested for
        Granted
        Bar
        up to 1 h
        0
        up to 4 h
        1
        up to 8 h
        0
        up to 1 d
        0
        more than 1 d
        0
        Requested most
        Resource
        Requests
        Bar
        ordersorders-db
        2
        How ended access was used
        Used
        Granted
        Share
        Bar
        never
        1
        100 %
        no use seen
        0
        0 %
        seen
        0
        0 %
        credentials shown
        0
        0 %
        Never is certain: nobody was shown credentials. Sessions are sampled: what happened between two looks is not seen.
        Often not used
        Resource
        Granted
        Never used
        No use seen
        ordersorders-db
        1
        1
        0
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_requests_it_says_so_and_an_odd_span_is_the_usual_one() {
    run(async |ctx| {
        let mut sam = signed_in(ctx, "sam").await;
        for days in ["", "?days=0", "?days=-1", "?days=999999", "?days=x"] {
            let page = sam.open(&format!("/dashboard{days}")).await;
            assert!(
                page.text().contains("the last 30 days, UTC"),
                "{days}: {}",
                page.text()
            );
            assert!(
                page.text().contains("Nothing was requested in these days."),
                "{days}"
            );
        }
    })
    .await;
}

/// The figures of a page, except for days and for how long things took, which depend on the clock.
fn figures(text: &str) -> String {
    let (tiles, rest) = text.split_once("\nRequests and grants by day").unwrap();
    let tiles = &tiles[tiles.find("\nRequests\n").unwrap()..];
    let counted = &rest[rest.find("How long access was granted for").unwrap()..];
    let counted = counted.split("\nWho decides").next().unwrap();
    format!("{tiles}\n{counted}")
}
