//! 1. Auditors and approvers see what waits and what happened: `pending` and `log`.

use std::time::Duration;

use crate::support::bot::{Context, Setup, run_test, run_test_with};

/// A window of somebody once it says `words`.
async fn window(ctx: &Context, who: &str, words: &str) -> String {
    let person = ctx.person(who);
    let modal = ctx
        .eventually(words, async || {
            person.top_modal().filter(|modal| modal.rendered.contains(words))
        })
        .await;
    ctx.plain(&modal.rendered)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_sees_what_waits_and_answers_from_there() {
    run_test(async |ctx| {
        ctx.asked().await;
        insta::assert_snapshot!(ctx.says("omar", "pending").await, @"");
        ctx.person("omar")
            .click("1 request waits", "Answer")
            .await
            .unwrap();
        insta::assert_snapshot!(window(ctx, "omar", "Your answer").await, @"");
        let omar = ctx.person("omar");
        omar.choose("Your answer", &["Approve"]).await.unwrap();
        omar.submit().await.unwrap();
        ctx.until_state(1, "Granted").await;
        insta::assert_snapshot!(ctx.says("omar", "pending").await, @"");
        insta::assert_snapshot!(ctx.says("dana", "pending").await, @"");
        insta::assert_snapshot!(ctx.says("omar", "approve AR-1").await, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_somebody_who_was_asked_answers_from_a_list() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.says("omar", "pending").await;
        let list = ctx.person("omar").ephemerals().pop().unwrap();
        let value = crate::support::steps::value_of(&list, "Answer");
        let forged = crate::support::steps::forged_click(&list, "answer", &value);
        for who in ["eve", "sam", "dana"] {
            let answer = ctx.answer_to_forged(who, forged.clone()).await;
            let own = if who == "dana" {
                "your own request"
            } else {
                "not an approver"
            };
            assert!(answer.contains(own), "{who}: {answer}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_everybodys_requests_and_others_only_their_own() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "write", "30m", "a migration").await;
        ctx.until_state(2, "Granted").await;
        ctx.says("dana", "revoke AR-2").await;
        ctx.until_state(2, "Revoked").await;
        insta::assert_snapshot!(ctx.says("sam", "log").await, @"");
        insta::assert_snapshot!(ctx.says("sam", "log granted").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "log <@U0DANA|dana> orders-db orders today revoked").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "list all").await.lines().next().unwrap().to_owned(), @"");
        insta::assert_snapshot!(ctx.says("sam", "log ..2020-01-01").await, @"");
        insta::assert_snapshot!(ctx.says("sam", "log nonsense").await, @"");
        insta::assert_snapshot!(ctx.says("sam", "log granted expired").await, @"");
        insta::assert_snapshot!(ctx.says("sam", "list").await, @"");
        insta::assert_snapshot!(ctx.says("eve", "log").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "active <@U0DANA|dana>").await.lines().next().unwrap().to_owned(), @"");
        insta::assert_snapshot!(ctx.says("ada", "active <@U0EVE|eve>").await, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_opens_a_timeline_and_revokes_from_the_log() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.says("ada", "log").await;
        let ada = ctx.person("ada");
        ada.click("newest first", "Timeline").await.unwrap();
        let timeline = window(ctx, "ada", "Requested by").await;
        assert!(timeline.contains("Approved by Omar Khan"), "{timeline}");
        ada.close_modal().await.unwrap();
        ada.click("newest first", "Revoke").await.unwrap();
        insta::assert_snapshot!(window(ctx, "ada", "loses").await, @"");
        ada.fill("Reason", "left the project").await.unwrap();
        ada.submit().await.unwrap();
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("REVOKING").await.join("\n"), @"");
    })
    .await;
}

/// Six permissions that Dana may ask for.
fn six() -> Setup {
    let more: String = (1..6)
        .map(|n| format!("read{n} = \"{{resource}}_read\", "))
        .collect();
    let names: String = (1..6).map(|n| format!("\"read{n}\", ")).collect();
    let config = Setup::default().config;
    let config = config.replace("pending_for = \"22h\"", "pending_for = \"48h\"");
    let config = config.replace("permissions = { ", &format!("permissions = {{ {more}"));
    Setup {
        config: config.replace(
            "permissions = [\"read\"]",
            &format!("permissions = [{names}\"read\"]"),
        ),
        ..Setup::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_five_get_one_nudge_a_day() {
    run_test_with(six, async |ctx| {
        for permission in ["read", "read1", "read2", "read3", "read4", "read5"] {
            ctx.asks("dana", permission, "30m", "incident").await;
        }
        ctx.settle().await;
        let waiting = ctx.says("omar", "pending").await;
        assert_eq!(
            waiting.lines().filter(|line| line.contains("*AR-")).count(),
            6,
            "{waiting}"
        );
        assert!(ctx.messages_to("omar", "wait for your answer").is_empty());
        ctx.clock.advance(Duration::from_hours(24));
        insta::assert_snapshot!(ctx.reads("omar", "wait for your answer").await, @"");
        ctx.clock.advance(Duration::from_mins(30));
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "wait for your answer").len(), 1);
    })
    .await;
}
