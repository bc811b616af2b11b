//! 10. A request in one line fills the form.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn a_line_fills_the_form_and_is_sent_as_it_is() {
    run_test(async |ctx| {
        let dana = ctx.person("dana");
        let target = &ctx.target.database;
        dana.command(
            "/apono",
            &format!("request read on {target} for 2 hours because the nightly report failed"),
        )
        .await
        .unwrap();
        insta::assert_snapshot!(ctx.plain(&dana.modal().await.unwrap().rendered), @"
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2h
          At most 8 h. Write 30m, 2 hours, 1d or 1h30m.
        Usual durations (optional): ____ (Or choose one)
        Justification: the nightly report failed
          Shown to the approvers and in the audit channel.
        ");
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
        let omar = ctx.person("omar");
        omar.command("/apono", &format!("request drop {}", ctx.target.database))
            .await
            .unwrap();
        let form = omar.modal().await.unwrap().rendered;
        assert!(form.contains("\"drop\""), "{form}");
    })
    .await;
}
