//! 12. Dead ends name somebody.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn who_can_request_nothing_is_told_whom_to_ask() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        let last = |text: String| text.lines().last().unwrap().to_owned();
        insta::assert_snapshot!(last(ctx.says("sam", "whoami").await), @"");
        insta::assert_snapshot!(last(ctx.says("ada", "whoami").await), @"");
        let sam = ctx.person("sam");
        sam.command("/apono", "request").await.unwrap();
        insta::assert_snapshot!(sam.modal().await.unwrap().rendered, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_extension_says_what_to_do() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_person_is_told_so_with_what_the_admin_says() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.says(
            "ada",
            "block <@U0DANA|dana> laptop was stolen; tell them: call the help desk",
        )
        .await;
        insta::assert_snapshot!(ctx.reads("dana", "blocked you here").await, @"");
        ctx.until_state(1, "Revoked").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"");
        ctx.settle().await;
        let posted = ctx.audit_posts("BLOCKED").await.join("\n");
        assert!(posted.contains("laptop was stolen"), "{posted}");
    })
    .await;
}
