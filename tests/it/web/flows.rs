//! The access flows, and why one of them decides.

use insta::assert_snapshot;

use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_flow_is_a_sentence_for_those_it_includes() {
    run(async |ctx| {
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let text = ctx.plain(&sam.open("/flows").await.text());
        let sentences = text.lines().filter(|line| line.contains(" can request "));
        assert_snapshot!(sentences.collect::<Vec<_>>().join("\n"), @"
        group:developers can request read on orders* (orders-db), at most 8 h; one of group:sre has to approve.
        dana@example.com can request write on every resource (orders-db), at most 1 h; nobody has to approve.
        ");
        let mut omar = signed_in(ctx, "omar").await;
        let text = omar.open("/flows").await.text();
        assert!(text.contains("Developers read") && !text.contains("Write at once"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_flow_that_decides_for_oneself_and_for_admins_for_anybody() {
    run(async |ctx| {
        ctx.asks("eve", "read", "2h", "seen once").await;
        ctx.settle().await;
        let resource = ctx.target.database.clone();
        let question = format!("/flows?permission=write&target=orders-db%2F{resource}");
        let mut dana = signed_in(ctx, "dana").await;
        let text = dana.open(&question).await.text();
        assert!(
            text.contains("Allowed by \"Write at once\", at most 1 h; nobody has to approve."),
            "{text}"
        );
        assert!(
            text.contains("Developers read does not match: it gives other permissions"),
            "{text}"
        );
        let of_eve = format!("{question}&person=eve%40example.com");
        assert_eq!(dana.open(&of_eve).await.status, 404);
        let mut ada = signed_in(ctx, "ada").await;
        let text = ada.open(&of_eve).await.text();
        assert!(
            text.contains(", for Eve") && text.contains(" is told: "),
            "{text}"
        );
        assert!(
            text.contains("Write at once does not match: it is not for them"),
            "{text}"
        );
        let page = ada.open(&format!("{question}&person=zoe%40example.com")).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("Nobody known to the bot"), "{}", page.text());
    })
    .await;
}
