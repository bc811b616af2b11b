//! 10. A request in one line fills the form.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn a_line_fills_the_form_and_is_sent_as_it_is() {
    run_test(async |ctx| {
        let dana = ctx.person("dana");
        dana.command(
            "/apono",
            "request read on orders for 2 hours because the nightly report failed",
        )
        .await
        .unwrap();
        insta::assert_snapshot!(ctx.plain(&dana.modal().await.unwrap().rendered), @"");
        dana.submit().await.unwrap();
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.contains("Duration: 2 h"), "{shown}");
        assert!(shown.contains("> the nightly report failed"), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_means_nothing_is_said() {
    run_test(async |ctx| {
        let dana = ctx.person("dana");
        dana.command("/apono", "request read ordrs 1h").await.unwrap();
        let form = dana.modal().await.unwrap().rendered;
        assert!(
            form.contains("I found nothing that you can request for \"ordrs\""),
            "{form}"
        );
        dana.close_modal().await.unwrap();
        // Eve may request nothing of this, so it is like what does not exist.
        let omar = ctx.person("omar");
        omar.command("/apono", "request drop orders").await.unwrap();
        let form = omar.modal().await.unwrap().rendered;
        assert!(form.contains("\"drop\""), "{form}");
    })
    .await;
}
