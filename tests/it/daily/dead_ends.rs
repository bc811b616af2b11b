//! 12. Dead ends name somebody.

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn who_can_request_nothing_is_told_whom_to_ask() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        let last = |text: String| text.lines().last().unwrap().to_owned();
        insta::assert_snapshot!(last(ctx.says("sam", "whoami").await), @"No access flow includes you. Ask Ada Lind (admin).");
        insta::assert_snapshot!(last(ctx.says("ada", "whoami").await), @"No access flow includes you. You are an admin, so you can change the access flows in the config.");
        let sam = ctx.person("sam");
        sam.command("/apono", "request").await.unwrap();
        insta::assert_snapshot!(sam.modal().await.unwrap().rendered, @"No access flow lets you request anything yet. Ask Ada Lind (admin).");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_extension_says_what_to_do() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"Its access flow does not allow extensions, so nothing was changed. `/apono again AR-1` asks for the same again.");
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
        insta::assert_snapshot!(ctx.reads("dana", "blocked you here").await, @"
        🚫 An admin blocked you here. All your access is being revoked, and you cannot request or decide anything until an admin unblocks you.
        The admin says: call the help desk
        ");
        ctx.until_state(1, "Revoked").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: an admin blocked you; confirmed gone at [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        ctx.settle().await;
        let posted = ctx.audit_posts("BLOCKED").await.join("\n");
        assert!(posted.contains("laptop was stolen"), "{posted}");
    })
    .await;
}
